#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Says times and numbers as people of a place write them: the input is seconds since 1970."""
import locale
import sys
import time

locale.setlocale(locale.LC_ALL, "")
moment = float(sys.stdin.read())
print(time.strftime("%A, %d. %B %Y, %H:%M %Z", time.localtime(moment)))
print(locale.format_string("%.2f", 1234567.891, grouping=True))
print(locale.nl_langinfo(locale.CODESET))
