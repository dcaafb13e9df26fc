/*
 * The program's entry. TeaVM's own main, which the build renames to teavm_main, decodes the arguments by
 * the locale, loses everything beyond the BMP, and never returns from an incomplete UTF-8 sequence. So it
 * is given none, and Java reads the bytes from here. It is the only thing that Java can't do by itself.
 */
#include "start.h"

int container_snap_argc;
char **container_snap_argv;

int teavm_main(int argc, char **argv);

int main(int argc, char **argv)
{
    char *none[] = {"container-snap", 0};

    container_snap_argc = argc;
    container_snap_argv = argv;
    return teavm_main(1, none);
}
