# SPDX-License-Identifier: GPL-2.0-only
# Sluice: everything starts here. `make help` lists what there is. (kbuild reads Kbuild, not this file.)

VERSION := 0.1.0

BUILD ?= build
O ?= $(BUILD)/native
PREFIX ?= /usr
DESTDIR ?=
STOCK := 6.1 6.12 6.12-rt 7
KERNELS ?= $(STOCK) debug
KERNEL ?= 7
TESTS ?=
DEBUG_KERNEL_DIR ?= ../shared/debug-kernel
BENCH ?=
KREL ?= $(shell uname -r)
VMLINUX ?= /sys/kernel/btf/vmlinux

SECONDS ?=
ROUNDS ?=
SEED ?=

# A part of the names of subtests: only those, with TESTS.
ONLY ?=
export BUILD DEBUG_KERNEL_DIR TESTS
export SLUICE_ONLY := $(ONLY)
vm := selftests/vm
absolute = $(abspath $(O))

help:
	@echo 'In virtual machines, made of Debian packages below $(BUILD)/ (as root, nothing of this machine is changed):'
	@echo '  make demo           boot a gateway and see Sluice at work        [KERNEL=7]'
	@echo '  make shell          a root shell on that gateway                 [KERNEL=7]'
	@echo '  make check          all tests from here to check-examples; ends with N passed, N failed'
	@echo '  make check-host     the pure parts, here, with sanitizers        [TESTS=pattern]'
	@echo '  make check-uml      the module in User Mode Linux, KASAN, lockdep [TESTS=pattern]'
	@echo '  make check-vm       everything, on several kernels [KERNELS="6.1 6.12 6.12-rt 7 debug"] [TESTS=pattern]'
	@echo '  make check-install     install and uninstall, and the module with DKMS'
	@echo '  make check-systemd  the units, on machines that the systemd of Debian 13 and 12 runs'
	@echo '  make check-examples the example programs, in Python, Node, Java, Go ...  [TESTS=pattern]'
	@echo '  make fuzz           random requests at both doors, in User Mode Linux [SECONDS=60] [SEED=number]'
	@echo '  make check-long     what takes long: races of all pairs of operations, two CPUs, KASAN; and a machine of arm64'
	@echo '                      [TESTS=long/races ONLY=name] [ROUNDS=6] [SECONDS=number] [SEED=number]'
	@echo '  make bench          ours beside peers, in counted instructions   [KERNEL=7] [BENCH="cold* call* long"]'
	@echo '  make debug-kernel   build the debug kernels (only without $(DEBUG_KERNEL_DIR))'
	@echo 'On this machine:'
	@echo '  make module | agent | bpf | examples    build                    [KREL=kernel release]'
	@echo '  make install | uninstall                as root; with DESTDIR=, files are only copied'
	@echo '  make tidy           clang-tidy over the userspace parts'
	@echo '  make clean          remove $(BUILD)/'

# ---- virtual machines

demo shell:
	@$(vm)/prepare $(KERNEL)
	@$(vm)/boot $(KERNEL) --$@

# Patterns are of names of measurements; `long` is for those that take long.
bench:
	@$(vm)/bench $(KERNEL) $(BENCH:%='%')

# Building a debug kernel takes longer than all the tests: unless it is asked for, it must be there. The newest kernel
# runs everything, the oldest too, but for what the CLI or the agent does by itself, which is the same on all; those
# between them what is most likely to find something there; and the debug kernel, which is slow, what needs more than
# one CPU or real cgroups, as User Mode Linux looks as closely at the rest. All run everything in make check-vm. The
# longest goes first, the short ones last, so that all machines end at about the same time.
have_debug = $(wildcard $(DEBUG_KERNEL_DIR)/$(1).tar.xz $(BUILD)/debug-kernel/$(1).tar.xz)
comma := ,
empty :=
only = $(subst $(empty) $(empty),$(comma),$(1))
between := $(filter-out $(firstword $(STOCK)) $(lastword $(STOCK)),$(STOCK))
between_tests := $(call only,module/* gateway/claim gateway/escape gateway/measure gateway/unload)
alike_tests := gateway/ahead gateway/check gateway/cli gateway/demo gateway/doctor gateway/editors gateway/keep gateway/logs \
	gateway/look gateway/mistakes gateway/names gateway/older gateway/steps gateway/terminal gateway/users \
	gateway/words
oldest_tests := $(call only,module/* $(filter-out $(alike_tests),$(patsubst selftests/%.sh,%,$(wildcard \
	selftests/gateway/*.sh))))
debug_tests := $(call only,module/charge module/death module/hotplug module/stress gateway/escape gateway/measure \
	gateway/unload)
check:
ifeq ($(origin KERNELS),file)
	$(if $(call have_debug,kasan),,@echo 'Left out, as the debug kernels are not built (make debug-kernel): uml, debug' >&2)
	@$(vm)/check host $(lastword $(STOCK)) $(firstword $(STOCK))=$(oldest_tests) \
		$(if $(call have_debug,kasan),debug=$(debug_tests)) install $(between:%=%=$(between_tests)) \
		examples systemd systemd-12 $(if $(call have_debug,uml),uml)
else
	@$(vm)/check host uml systemd systemd-12 install $(KERNELS)
endif
check-host:
	@$(vm)/check host
check-uml:
	@$(vm)/check uml
check-vm:
	@$(vm)/check $(KERNELS)
# SEED plays a run again that has named it.
fuzz: export SLUICE_SECONDS := $(or $(SECONDS),60)
check-long: export SLUICE_SECONDS := $(SECONDS)
fuzz check-long: export SLUICE_SEED := $(SEED)
fuzz check-long: export SLUICE_ROUNDS := $(ROUNDS)
fuzz:
	@TESTS=fuzz/doors $(vm)/check uml
	@sed -n 's/^  # //p' $(BUILD)/log/uml/results
# What depends on which machine it is.
arm64_tests := $(call only,gateway/arm gateway/escape gateway/filter gateway/isolation gateway/reach host/*)
check-long:
	@$(vm)/check long $(if $(TESTS),,'7-arm64=$(arm64_tests)')
check-install:
	@$(vm)/check install
check-systemd:
	@$(vm)/check systemd systemd-12
check-examples:
	@$(vm)/check examples
debug-kernel:
	@$(vm)/host-needs vm
	@$(vm)/debug-kernel debug
	@$(vm)/debug-kernel uml

# ---- this machine

# kbuild writes its objects beside the sources: give it a copy
module:
	$(vm)/sync-source $(O)/module Kbuild kmod include
	$(MAKE) -C /lib/modules/$(KREL)/build M=$(absolute)/module modules

agent:
	$(MAKE) -C agent O=$(absolute)/agent PREFIX=$(PREFIX)
bpf:
	$(MAKE) -C bpf O=$(absolute)/bpf VMLINUX=$(VMLINUX)
examples: agent
	$(MAKE) -C docs/examples O=$(absolute)/examples
selftests: agent
	$(MAKE) -C selftests O=$(absolute)/selftests

# copy-files expects everything to be built
install_to = O=$(absolute)/$(1) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
dkms_source := $(DESTDIR)/usr/src/sluice-$(VERSION)
copy-files:
	install -d $(dkms_source)
	cp -R Kbuild kmod include $(dkms_source)/
	sed 's/@VERSION@/$(VERSION)/' dkms.conf >$(dkms_source)/dkms.conf
	$(MAKE) -C agent install $(call install_to,agent)
	$(MAKE) -C bpf install $(call install_to,bpf)
	$(MAKE) -C docs/examples install $(call install_to,examples)

tools := $(CC) pkg-config clang bpftool $(if $(DESTDIR),,dkms)
libraries := libnl-genl-3.0 libsystemd libbpf json-c inih libmodbus
need-tools:
	@missing=; for tool in $(tools); do \
		command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	for library in $(libraries); do \
		pkg-config --exists $$library || missing="$$missing $$library"; done; \
	[ -z "$$missing" ] || { \
		echo "make install: not found:$$missing. docs/manual.md names the packages, under Install." >&2; exit 1; }

install: need-tools
	$(MAKE) agent bpf examples
	$(MAKE) copy-files
	$(if $(DESTDIR),,$(MAKE) dkms-install)
# kbuild, which DKMS runs, would take our variables for its own
dkms-install:
	! dkms status sluice/$(VERSION) | grep -q . || dkms remove sluice/$(VERSION) --all
	unset MAKEFLAGS MFLAGS MAKEOVERRIDES && dkms add sluice/$(VERSION) && dkms install sluice/$(VERSION) -k $(KREL)

uninstall:
	$(if $(DESTDIR),,! dkms status sluice/$(VERSION) | grep -q . || dkms remove sluice/$(VERSION) --all)
	rm -rf $(dkms_source)
	$(MAKE) -C docs/examples uninstall $(call install_to,examples)
	$(MAKE) -C bpf uninstall $(call install_to,bpf)
	$(MAKE) -C agent uninstall $(call install_to,agent)

# Needs clang-tidy and the libraries' headers on this machine.
tidy:
	clang-tidy --quiet $(wildcard agent/*/*.c agent/*/*/*.c docs/examples/*/*.c) -- -std=gnu11 -D_GNU_SOURCE -DSLUICE_VERSION='"$(VERSION)"' \
		-Iinclude -Iinclude/uapi -Iagent/lib $(shell pkg-config --cflags libnl-genl-3.0 libmodbus | sed s/-I/-isystem/g)

clean:
	rm -rf $(BUILD)

.PHONY: help demo shell bench check check-host check-uml check-vm fuzz check-long check-install check-systemd \
	check-examples debug-kernel module agent bpf examples selftests copy-files need-tools install dkms-install uninstall tidy clean
