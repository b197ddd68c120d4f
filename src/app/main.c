/* The program: one word names what it is to do. */
#include <stdio.h>

int main(void)
{
    fputs("busbar\n", stderr);
    return 2;
}
