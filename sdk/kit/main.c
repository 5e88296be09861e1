/* main.c - pryvd-storage-check; see program.h. */
#include "program.h"

int main(int argc, char **argv)
{
    return kit_main(argc, argv);
}
