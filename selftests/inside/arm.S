/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program of arm, 32 bits, whatever the machine is: it says "as others" where its system calls are answered as those
 * of others are, and else which was not. All of the file stands here, as there is no linker for it.
 */
	.arch	armv7-a
	.syntax	unified
	.arm
	.text
	.set	BASE, 0x10000
	.set	NEW_USER, 0x10000000	@ CLONE_NEWUSER

file:
	.byte	0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
	.short	2, 40			@ ET_EXEC, EM_ARM
	.word	1, BASE + begin - file, 52, 0, 0x05000000
	.short	52, 32, 1, 0, 0, 0
	.word	1, 0, BASE, BASE, end - file, end - file, 5, 0x1000

begin:
	adr	r6, getpid
	mov	r7, #20			@ getpid
	svc	#0
	cmp	r0, #0
	ble	say
	adr	r6, unshare
	movw	r7, #337		@ unshare: EPERM
	mov	r0, #NEW_USER
	svc	#0
	cmn	r0, #1
	bne	say
	adr	r6, tomorrow
	movw	r7, #1999		@ none: ENOSYS
	svc	#0
	cmn	r0, #38
	bne	say
	adr	r6, good
say:
	mov	r0, #1
	mov	r1, r6
	mov	r2, #10
	mov	r7, #4			@ write
	svc	#0
	mov	r0, #0
	mov	r7, #1			@ exit
	svc	#0

	.balign	4
getpid:	.ascii	"getpid    "
	.balign	4
unshare: .ascii	"unshare   "
	.balign	4
tomorrow: .ascii "tomorrow  "
	.balign	4
good:	.ascii	"as others "
end:
