package org.opensuse.containersnap.btrfs;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.kernel.SystemError;

/// What btrfs has given of its devices to data and metadata, as its ioctls (linux/btrfs.h) and sysfs tell.
///
/// @param dataToWrite bytes that are written to files but have no place on the devices yet
/// @param unallocated bytes of the devices that are given to nothing yet
record BtrfsAllocation(List<Group> groups, long unallocated, long dataToWrite) {
    /// _IOWR(0x94, 20, struct btrfs_ioctl_space_args)
    private static final long SPACE_INFO = 0xC0109414L;

    /// _IOR(0x94, 31, struct btrfs_ioctl_fs_info_args)
    private static final long FS_INFO = 0x8400941FL;

    /// _IOWR(0x94, 30, struct btrfs_ioctl_dev_info_args)
    private static final long DEV_INFO = 0xD000941EL;

    private static final long FS_INFO_BYTES = 1024;
    private static final long FS_ID_AT = 2 * 8;
    private static final long FS_ID_BYTES = 16;
    private static final Path SYSFS = Path.of("/sys/fs/btrfs");
    private static final long DEV_INFO_BYTES = 4096;
    private static final long DEV_USED_AT = 8 + 16;
    private static final long DEV_TOTAL_AT = DEV_USED_AT + 8;

    /// struct btrfs_ioctl_space_args: slots, spaces; struct btrfs_ioctl_space_info: flags, total, used.
    private static final long SPACE_ARGS_BYTES = 2 * 8;

    private static final long SPACE_BYTES = 3 * 8;
    private static final long DATA = 1;
    private static final long METADATA = 1 << 2;
    private static final long GLOBAL_RESERVE = 1L << 49;

    /// Profiles that keep more than one copy: RAID1, DUP, RAID10, RAID1C3, RAID1C4.
    private static final long COPIES = 1 << 4 | 1 << 5 | 1 << 6 | 1 << 9 | 1 << 10;

    BtrfsAllocation {
        groups = List.copyOf(groups);
    }

    /// Block groups of one kind.
    ///
    /// @param flags BTRFS_BLOCK_GROUP_*
    record Group(long flags, long total, long used) {
        private boolean has(long flag) {
            return (flags & flag) != 0;
        }
    }

    static BtrfsAllocation of(LibC libC, Path directory) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(FS_INFO_BYTES, Long.BYTES);
            libC.ioctl(directory.toString(), FS_INFO, info);
            return new BtrfsAllocation(
                    groups(libC, arena, directory), unallocated(libC, arena, directory, info), dataToWrite(info));
        }
    }

    /// Bytes that can still be written as metadata, without what the kernel keeps back for itself; what is
    /// unallocated counts, once for each copy. Unlimited where data and metadata are mixed.
    long metadataFree() {
        long free = 0;
        boolean copies = false;
        for (Group group : groups) {
            if (group.has(DATA) && group.has(METADATA)) {
                return Long.MAX_VALUE;
            }
            if (group.has(GLOBAL_RESERVE)) {
                free -= group.total - group.used;
            } else if (group.has(METADATA)) {
                free += group.total - group.used;
                copies |= group.has(COPIES);
            }
        }
        return Math.max(free + (copies ? unallocated / 2 : unallocated), 0);
    }

    private static List<Group> groups(LibC libC, Arena arena, Path directory) throws SystemError {
        MemorySegment ask = arena.allocate(SPACE_ARGS_BYTES, Long.BYTES);
        libC.ioctl(directory.toString(), SPACE_INFO, ask);
        long slots = ask.get(JAVA_LONG, 8);
        MemorySegment args = arena.allocate(SPACE_ARGS_BYTES + slots * SPACE_BYTES, Long.BYTES);
        args.set(JAVA_LONG, 0, slots);
        libC.ioctl(directory.toString(), SPACE_INFO, args);
        List<Group> groups = new ArrayList<>();
        for (long i = 0; i < Math.min(args.get(JAVA_LONG, 8), slots); i++) {
            long at = SPACE_ARGS_BYTES + i * SPACE_BYTES;
            groups.add(new Group(args.get(JAVA_LONG, at), args.get(JAVA_LONG, at + 8), args.get(JAVA_LONG, at + 16)));
        }
        return groups;
    }

    private static long unallocated(LibC libC, Arena arena, Path directory, MemorySegment info) throws SystemError {
        long highest = info.get(JAVA_LONG, 0);
        long devices = info.get(JAVA_LONG, 8);
        long unallocated = 0;
        MemorySegment device = arena.allocate(DEV_INFO_BYTES, Long.BYTES);
        for (long id = 0; id <= highest && devices > 0; id++) {
            device.fill((byte) 0);
            device.set(JAVA_LONG, 0, id);
            if (found(libC, directory, device)) {
                devices--;
                unallocated += device.get(JAVA_LONG, DEV_TOTAL_AT) - device.get(JAVA_LONG, DEV_USED_AT);
            }
        }
        return unallocated;
    }

    /// Nothing where sysfs has no such file: it only makes the answer exact without a sync.
    private static long dataToWrite(MemorySegment info) {
        ByteBuffer id = info.asSlice(FS_ID_AT, FS_ID_BYTES).asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        UUID uuid = new UUID(id.getLong(), id.getLong());
        try {
            String file = Files.readString(SYSFS.resolve(uuid.toString()).resolve("allocation/data/bytes_may_use"));
            return Long.parseLong(file.strip());
        } catch (IOException | NumberFormatException _) {
            return 0;
        }
    }

    /// IDs of devices that were taken away stay free.
    private static boolean found(LibC libC, Path directory, MemorySegment device) throws SystemError {
        try {
            libC.ioctl(directory.toString(), DEV_INFO, device);
            return true;
        } catch (SystemError e) {
            if (e.errno() == SystemError.ENODEV) {
                return false;
            }
            throw e;
        }
    }
}
