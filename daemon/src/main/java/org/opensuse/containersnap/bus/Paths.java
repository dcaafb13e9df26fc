package org.opensuse.containersnap.bus;

import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Object paths. An ID's "-" is not allowed in one and becomes "_", which IDs do not have.
final class Paths {
    static final String TOP = "/org/opensuse/containersnap1";

    /// Where org.freedesktop.LogControl1(5) wants it in every service.
    static final String LOG_CONTROL = "/org/freedesktop/LogControl1";

    private static final String IMAGES = TOP + "/image/";
    private static final String SNAPSHOTS = TOP + "/snapshot/";
    private static final String JOBS = TOP + "/job/";

    /// The nodes that hold the objects of each kind.
    static final Set<String> PARENTS = Set.of(TOP + "/image", TOP + "/snapshot", TOP + "/job");

    private Paths() {}

    static String of(ImageId id) {
        return IMAGES + id;
    }

    static String of(SnapshotId id) {
        return SNAPSHOTS + id.toString().replace('-', '_');
    }

    static String ofJob(long id) {
        return JOBS + id;
    }

    static Optional<ImageId> image(String path) {
        return below(IMAGES, path).filter(ImageId::isValid).map(ImageId::new);
    }

    static Optional<SnapshotId> snapshot(String path) {
        return below(SNAPSHOTS, path)
                .filter(name -> name.indexOf('-') < 0)
                .flatMap(name -> SnapshotId.find(name.replace('_', '-')));
    }

    static Optional<Long> job(String path) {
        return below(JOBS, path).filter(Paths::isNumber).map(Long::valueOf);
    }

    private static Optional<String> below(String parent, String path) {
        return path.startsWith(parent) ? Optional.of(path.substring(parent.length())) : Optional.empty();
    }

    /// At most 18 digits fit a long.
    private static boolean isNumber(String name) {
        return !name.isEmpty()
                && name.length() <= 18
                && name.charAt(0) != '0'
                && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
