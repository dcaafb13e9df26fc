package org.opensuse.containersnap.btrfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.opensuse.containersnap.kernel.Downcall;
import org.opensuse.containersnap.kernel.LibC;
import org.opensuse.containersnap.kernel.SystemError;

/// The functions of libbtrfsutil (btrfsutil.h) that the service calls, through the foreign function API.
///
/// Version 1.2 names them `btrfs_util_<verb>_subvolume`, later ones `btrfs_util_subvolume_<verb>` and keep the old
/// names; the old one is looked up first, then the new one. Paths are followed through symbolic links by the library.
@SuppressWarnings("restricted") // calling native code is what this class is for
final class LibBtrfsUtil {
    private static final int STOP_ITERATION = 1;

    /// In the place of an ID: that of the subvolume which the path lies in.
    private static final long OF_PATH = 0;

    /// struct btrfs_util_subvolume_info: four uint64, three UUIDs, five uint64, four struct timespec.
    private static final long INFO_BYTES = 4 * 8 + 3 * 16 + 5 * 8 + 4 * 16;

    private static final long INFO_ID = 0;
    private static final long INFO_FLAGS = 3 * 8;
    private static final long INFO_UUID = 4 * 8;
    private static final long INFO_PARENT_UUID = INFO_UUID + 16;
    private static final long INFO_OTIME = 4 * 8 + 3 * 16 + 5 * 8 + 16;

    /// BTRFS_ROOT_SUBVOL_RDONLY of the root item's flags.
    private static final long FLAG_READ_ONLY = 1;

    /// The kernel's UUIDs are bytes in the order in which they are printed.
    private static final ValueLayout.OfLong BIG_ENDIAN = JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

    private final LibC libC;
    private final SymbolLookup library;
    private final Downcall strerror;
    private final Downcall free;
    private final Downcall subvolumeId;
    private final Downcall subvolumePath;
    private final Downcall subvolumeInfo;
    private final Downcall setReadOnly;
    private final Downcall getDefault;
    private final Downcall setDefault;
    private final Downcall create;
    private final Downcall snapshot;
    private final Downcall delete;
    private final Downcall sync;
    private final Downcall deleted;
    private final Downcall iterate;
    private final Downcall next;
    private final Downcall endIteration;

    /// Opens the library.
    ///
    /// @throws IllegalArgumentException when it is not installed, or is not one that has these functions
    LibBtrfsUtil(LibC libC) {
        this.libC = libC;
        library = SymbolLookup.libraryLookup("libbtrfsutil.so.1", Arena.global());
        strerror = Downcall.withoutErrno(
                find("btrfs_util_strerror", "btrfs_util_strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
        free = Downcall.withoutErrno(Downcall.symbolOfLibC("free"), FunctionDescriptor.ofVoid(ADDRESS));
        subvolumeId = call("subvolume_id", "subvolume_get_id", ADDRESS, ADDRESS);
        subvolumePath = call("subvolume_path", "subvolume_get_path", ADDRESS, JAVA_LONG, ADDRESS);
        subvolumeInfo = call("subvolume_info", "subvolume_get_info", ADDRESS, JAVA_LONG, ADDRESS);
        setReadOnly = call("set_subvolume_read_only", "subvolume_set_read_only", ADDRESS, JAVA_BOOLEAN);
        getDefault = call("get_default_subvolume", "subvolume_get_default", ADDRESS, ADDRESS);
        setDefault = call("set_default_subvolume", "subvolume_set_default", ADDRESS, JAVA_LONG);
        create = call("create_subvolume", "subvolume_create", ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        snapshot = call("create_snapshot", "subvolume_snapshot", ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        delete = call("delete_subvolume", "subvolume_delete", ADDRESS, JAVA_INT);
        sync = call("sync", "fs_sync", ADDRESS);
        deleted = call("deleted_subvolumes", "subvolume_list_deleted", ADDRESS, ADDRESS, ADDRESS);
        iterate = call("create_subvolume_iterator", "subvolume_iter_create", ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
        next = call("subvolume_iterator_next", "subvolume_iter_next", ADDRESS, ADDRESS, ADDRESS);
        endIteration = Downcall.withoutErrno(
                find("btrfs_util_destroy_subvolume_iterator", "btrfs_util_subvolume_iter_destroy"),
                FunctionDescriptor.ofVoid(ADDRESS));
    }

    /// What btrfs_util_subvolume_info tells.
    ///
    /// @param parent UUID of the one that it is a snapshot of; zero when it is none
    record SubvolumeInfo(long id, boolean readOnly, Instant created, UUID uuid, UUID parent) {}

    /// ID of the subvolume that the path lies in.
    long subvolumeId(String path) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment id = arena.allocate(JAVA_LONG);
            check(arena, subvolumeId, arena.allocateFrom(path), id);
            return id.get(JAVA_LONG, 0);
        }
    }

    /// Path of a subvolume from the top level of the file system that `path` lies on.
    String subvolumePath(String path, long id) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ADDRESS);
            check(arena, subvolumePath, arena.allocateFrom(path), id, result);
            return takeString(result.get(ADDRESS, 0));
        }
    }

    /// About the subvolume that the path is the top directory of.
    SubvolumeInfo info(String path) throws SystemError {
        return info(path, OF_PATH);
    }

    /// About a subvolume of the file system that the path lies on.
    SubvolumeInfo info(String path, long id) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, Long.BYTES);
            check(arena, subvolumeInfo, arena.allocateFrom(path), id, info);
            return new SubvolumeInfo(
                    info.get(JAVA_LONG, INFO_ID),
                    (info.get(JAVA_LONG, INFO_FLAGS) & FLAG_READ_ONLY) != 0,
                    Instant.ofEpochSecond(info.get(JAVA_LONG, INFO_OTIME), info.get(JAVA_LONG, INFO_OTIME + 8)),
                    uuid(info, INFO_UUID),
                    uuid(info, INFO_PARENT_UUID));
        }
    }

    private static UUID uuid(MemorySegment info, long at) {
        return new UUID(info.get(BIG_ENDIAN, at), info.get(BIG_ENDIAN, at + Long.BYTES));
    }

    void setReadOnly(String path, boolean readOnly) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            check(arena, setReadOnly, arena.allocateFrom(path), readOnly);
        }
    }

    long defaultId(String path) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment id = arena.allocate(JAVA_LONG);
            check(arena, getDefault, arena.allocateFrom(path), id);
            return id.get(JAVA_LONG, 0);
        }
    }

    void setDefault(String path, long id) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            check(arena, setDefault, arena.allocateFrom(path), id);
        }
    }

    /// Makes an empty subvolume.
    void create(String path) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            check(arena, create, arena.allocateFrom(path), 0, MemorySegment.NULL, MemorySegment.NULL);
        }
    }

    /// Makes a read-write snapshot and waits for the commit that makes it durable.
    void snapshot(String source, String target) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            check(
                    arena,
                    snapshot,
                    arena.allocateFrom(source),
                    arena.allocateFrom(target),
                    0,
                    MemorySegment.NULL,
                    MemorySegment.NULL);
        }
    }

    /// Deletes a subvolume; not those inside it, which make the kernel refuse.
    void delete(String path) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            check(arena, delete, arena.allocateFrom(path), 0);
        }
    }

    void sync(String path) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            check(arena, sync, arena.allocateFrom(path));
        }
    }

    /// How many subvolumes of the file system are deleted but still take room.
    long deletedSubvolumes(String path) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ids = arena.allocate(ADDRESS);
            MemorySegment count = arena.allocate(JAVA_LONG);
            check(arena, deleted, arena.allocateFrom(path), ids, count);
            free.call(ids.get(ADDRESS, 0));
            return count.get(JAVA_LONG, 0);
        }
    }

    /// Paths of the subvolumes below the one that the path is the top directory of, relative to it.
    List<String> below(String path) throws SystemError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment handle = arena.allocate(ADDRESS);
            check(arena, iterate, arena.allocateFrom(path), 0L, 0, handle);
            MemorySegment iterator = handle.get(ADDRESS, 0);
            try {
                return collect(arena, iterator);
            } finally {
                endIteration.call(iterator);
            }
        }
    }

    private List<String> collect(Arena arena, MemorySegment iterator) throws SystemError {
        List<String> paths = new ArrayList<>();
        MemorySegment path = arena.allocate(ADDRESS);
        MemorySegment id = arena.allocate(JAVA_LONG);
        MemorySegment captured = Downcall.captured(arena);
        while (true) {
            int code = next.callInt(captured, iterator, path, id);
            if (code == STOP_ITERATION) {
                return paths;
            }
            check(code, captured);
            paths.add(takeString(path.get(ADDRESS, 0)));
        }
    }

    private String takeString(MemorySegment allocated) {
        try {
            return allocated.reinterpret(Long.MAX_VALUE).getString(0);
        } finally {
            free.call(allocated);
        }
    }

    private void check(Arena arena, Downcall function, Object... arguments) throws SystemError {
        MemorySegment captured = Downcall.captured(arena);
        Object[] all = new Object[arguments.length + 1];
        all[0] = captured;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        check(function.callInt(all), captured);
    }

    private void check(int code, MemorySegment captured) throws SystemError {
        if (code != 0) {
            int errno = Downcall.errno(captured);
            throw new SystemError(errno, words(code) + ": " + libC.words(errno));
        }
    }

    private String words(int code) {
        return strerror.call(code) instanceof MemorySegment text && !text.equals(MemorySegment.NULL)
                ? text.reinterpret(Long.MAX_VALUE).getString(0)
                : "error " + code;
    }

    private Downcall call(String name, String laterName, MemoryLayout... parameters) {
        return Downcall.withErrno(
                find("btrfs_util_" + name, "btrfs_util_" + laterName), FunctionDescriptor.of(JAVA_INT, parameters));
    }

    private MemorySegment find(String name, String laterName) {
        return library.find(name)
                .or(() -> library.find(laterName))
                .orElseThrow(
                        () -> new IllegalArgumentException("libbtrfsutil has neither " + name + " nor " + laterName));
    }
}
