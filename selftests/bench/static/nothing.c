// SPDX-License-Identifier: GPL-2.0-only
/* The program that all of them run. It answers nothing, at once. */
int main(void)
{
	return 0;
}
