package org.opensuse.containersnap.engine;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Subvolume;

/// How much of the disk becomes free when subvolumes that share their data are deleted one after the other.
///
/// What counts is the data of files on disk, compressed as they are, to which no subvolume of the store refers
/// any more. Not seen is what refers to them from outside of the store; not counted is metadata.
final class SharedData {
    /// The unit in which btrfs gives out space; a larger one is a multiple of it.
    private static final int SECTOR_BITS = 12;

    /// For the length of an extent: at most 128 MiB (BTRFS_MAX_EXTENT_SIZE), which are 32768 sectors.
    private static final int LENGTH_BITS = 16;

    /* An extent is one number, where it begins before how long it is, so that a million of them take 8 MB and are
     * sorted as numbers are. */
    private final Map<Long, long[]> going = new LinkedHashMap<>();
    private final long[] extents;
    private final int[] users;

    private SharedData(Map<Long, long[]> going) {
        this.going.putAll(going);
        this.extents =
                distinct(going.values().stream().flatMapToLong(Arrays::stream).toArray());
        this.users = new int[extents.length];
        going.values().forEach(this::count);
    }

    /// Reads what the subvolumes share.
    ///
    /// @param going those that may be deleted
    /// @param staying the others of the store
    static SharedData read(Subvolumes subvolumes, Collection<Subvolume> going, Collection<Subvolume> staying)
            throws Failure {
        Map<Long, long[]> extents = new LinkedHashMap<>();
        for (Subvolume subvolume : going) {
            extents.put(subvolume.id(), extents(subvolumes, subvolume));
        }
        SharedData data = new SharedData(extents);
        for (Subvolume subvolume : staying) {
            data.count(extents(subvolumes, subvolume));
        }
        return data;
    }

    /// Takes a subvolume away.
    ///
    /// @return the bytes that no other one refers to
    long delete(Subvolume subvolume) {
        long free = 0;
        for (long extent : going.getOrDefault(subvolume.id(), new long[0])) {
            int at = Arrays.binarySearch(extents, extent);
            users[at]--;
            if (users[at] == 0) {
                free += bytes(extent);
            }
        }
        going.remove(subvolume.id());
        return free;
    }

    private void count(long[] used) {
        for (long extent : used) {
            int at = Arrays.binarySearch(extents, extent);
            if (at >= 0) {
                users[at]++;
            }
        }
    }

    private static long[] extents(Subvolumes subvolumes, Subvolume subvolume) throws Failure {
        long[][] found = {new long[1024]};
        int[] count = {0};
        subvolumes.extents(subvolume.directory(), subvolume.id(), (start, bytes) -> {
            if (count[0] == found[0].length) {
                found[0] = Arrays.copyOf(found[0], 2 * count[0]);
            }
            found[0][count[0]] = start >>> SECTOR_BITS << LENGTH_BITS | bytes >>> SECTOR_BITS;
            count[0]++;
        });
        return distinct(Arrays.copyOf(found[0], count[0]));
    }

    private static long[] distinct(long[] extents) {
        Arrays.sort(extents);
        int count = 0;
        for (int i = 0; i < extents.length; i++) {
            if (i == 0 || extents[i] != extents[i - 1]) {
                extents[count] = extents[i];
                count++;
            }
        }
        return Arrays.copyOf(extents, count);
    }

    private static long bytes(long extent) {
        return (extent & (1 << LENGTH_BITS) - 1) << SECTOR_BITS;
    }
}
