package org.opensuse.containersnap.btrfs;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.opensuse.containersnap.engine.Subvolumes.ExtentVisitor;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.kernel.SystemError;

/// The extents that the files of a subvolume refer to, read from its tree by BTRFS_IOC_TREE_SEARCH_V2 (linux/btrfs.h,
/// linux/btrfs_tree.h). No file is opened.
final class DataExtents {
    /// _IOWR(0x94, 17, struct btrfs_ioctl_search_args_v2)
    private static final long TREE_SEARCH = 0xC0709411L;

    /* struct btrfs_ioctl_search_key, then the size of the buffer, then that. */
    private static final long TREE = 0;
    private static final long MIN_OBJECT = 8;
    private static final long MAX_OBJECT = 16;
    private static final long MIN_OFFSET = 24;
    private static final long MAX_OFFSET = 32;
    private static final long MAX_TRANSACTION = 48;
    private static final long MIN_TYPE = 56;
    private static final long MAX_TYPE = 60;
    private static final long ITEMS = 64;
    private static final long BUFFER_SIZE = 104;
    private static final long BUFFER = 112;
    private static final long BUFFER_BYTES = 1 << 18;

    /* struct btrfs_ioctl_search_header: transaction, object, offset, type, length. */
    private static final long HEADER_OBJECT = 8;
    private static final long HEADER_OFFSET = 16;
    private static final long HEADER_TYPE = 24;
    private static final long HEADER_LENGTH = 28;
    private static final long HEADER_BYTES = 32;

    /// The lowest number of a file (BTRFS_FIRST_FREE_OBJECTID).
    private static final long FIRST_FILE = 256;

    /// The highest (BTRFS_LAST_FREE_OBJECTID).
    private static final long LAST_FILE = -256;

    private static final int EXTENT_DATA = 108;

    /* struct btrfs_file_extent_item: its data stand in the tree itself, or at a place on disk, of which 0 is a hole. */
    private static final long EXTENT_TYPE = 20;
    private static final long EXTENT_START = 21;
    private static final long EXTENT_BYTES = 29;
    private static final byte INLINE = 0;
    private static final ValueLayout.OfLong ON_DISK = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ExtentVisitor visitor;
    private long object = FIRST_FILE;
    private int type = EXTENT_DATA;
    private long offset;

    private DataExtents(ExtentVisitor visitor) {
        this.visitor = visitor;
    }

    /// Tells all of a subvolume, one as often as it is referred to.
    ///
    /// @param directory any on the file system
    static void tell(LibC libC, Path directory, long subvolume, ExtentVisitor visitor) throws SystemError {
        new DataExtents(visitor).read(libC, directory, subvolume);
    }

    private void read(LibC libC, Path directory, long subvolume) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment arguments = arena.allocate(BUFFER + BUFFER_BYTES, Long.BYTES);
            int found;
            do {
                ask(arguments, subvolume);
                libC.ioctl(directory.toString(), TREE_SEARCH, arguments);
                found = arguments.get(JAVA_INT, ITEMS);
                take(arguments, found);
            } while (found > 0 && next());
        }
    }

    private void ask(MemorySegment arguments, long subvolume) {
        arguments.asSlice(0, BUFFER).fill((byte) 0);
        arguments.set(JAVA_LONG, TREE, subvolume);
        arguments.set(JAVA_LONG, MIN_OBJECT, object);
        arguments.set(JAVA_LONG, MAX_OBJECT, LAST_FILE);
        arguments.set(JAVA_LONG, MIN_OFFSET, offset);
        arguments.set(JAVA_LONG, MAX_OFFSET, -1L);
        arguments.set(JAVA_LONG, MAX_TRANSACTION, -1L);
        arguments.set(JAVA_INT, MIN_TYPE, type);
        arguments.set(JAVA_INT, MAX_TYPE, EXTENT_DATA);
        arguments.set(JAVA_INT, ITEMS, -1);
        arguments.set(JAVA_LONG, BUFFER_SIZE, BUFFER_BYTES);
    }

    /// Items of all types come, since the range is one of keys.
    private void take(MemorySegment arguments, int found) {
        long at = BUFFER;
        for (int i = 0; i < found; i++) {
            object = arguments.get(JAVA_LONG_UNALIGNED, at + HEADER_OBJECT);
            offset = arguments.get(JAVA_LONG_UNALIGNED, at + HEADER_OFFSET);
            type = arguments.get(JAVA_INT_UNALIGNED, at + HEADER_TYPE);
            int length = arguments.get(JAVA_INT_UNALIGNED, at + HEADER_LENGTH);
            at += HEADER_BYTES;
            if (type == EXTENT_DATA && arguments.get(JAVA_BYTE, at + EXTENT_TYPE) != INLINE) {
                tell(arguments.get(ON_DISK, at + EXTENT_START), arguments.get(ON_DISK, at + EXTENT_BYTES));
            }
            at += length;
        }
    }

    private void tell(long start, long bytes) {
        if (start != 0) {
            visitor.extent(start, bytes);
        }
    }

    /// Moves to the key after the last one.
    private boolean next() {
        offset++;
        if (offset == 0) {
            type++;
            if (type > EXTENT_DATA) {
                type = 0;
                object++;
            }
        }
        return Long.compareUnsigned(object, LAST_FILE) <= 0;
    }
}
