#!/bin/sh
# shellcheck disable=SC2154 # dracut's
/usr/libexec/container-snap/trial begin "$NEWROOT"
