/* main.c - the program pryvd; all it does is in libpryvd.so. */
#include "pryvd.h"

int main(int argc, char **argv)
{
    return pryvd_main(argc, argv);
}
