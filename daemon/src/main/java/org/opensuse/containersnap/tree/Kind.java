package org.opensuse.containersnap.tree;

import java.util.Arrays;

/// What a name in a directory stands for.
public enum Kind {
    PIPE(0x1000),
    CHARACTER_DEVICE(0x2000),
    DIRECTORY(0x4000),
    BLOCK_DEVICE(0x6000),
    FILE(0x8000),
    LINK(0xa000),
    SOCKET(0xc000);

    private static final int TYPE = 0xf000;

    /// The type bits of a mode (inode(7)).
    private final int type;

    Kind(int type) {
        this.type = type;
    }

    int type() {
        return type;
    }

    static Kind of(int mode) {
        return Arrays.stream(values())
                .filter(kind -> kind.type == (mode & TYPE))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("mode " + mode));
    }
}
