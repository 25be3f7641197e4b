#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 7200
# As gateway/steps, at each system call.
exec "$(dirname "$0")/../gateway/steps.sh"
