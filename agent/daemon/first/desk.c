// SPDX-License-Identifier: GPL-2.0-only
#include "first.h"

char first_desk[FIRST_DESK] __attribute__((aligned(16)));
