package org.opensuse.containersnap.client.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A copy of a machine's disk as it was at one moment, which is what a loss of power then would leave. Its extents are
/// shared with the disk, so making it takes milliseconds and no room.
///
/// What the machine's file system had not written to its disk yet is not in it.
public final class DiskCopy implements AutoCloseable {
    private static final String HOST = "/host";

    private final Lab lab;
    private final String path;

    DiskCopy(Lab lab, String path) {
        this.lab = lab;
        this.path = path;
    }

    /// The copy's file in the machine, where it may not be yet.
    public String path() {
        return path;
    }

    /// The copy that is made later, when the job ends whose start this one shows.
    public DiskCopy atEndOfJob() {
        return new DiskCopy(lab, path + ".end");
    }

    /// The machine whose disk this is a copy of.
    public Lab lab() {
        return lab;
    }

    /// Starts another machine from it.
    public Lab boot() throws IOException {
        return Lab.bootedFrom(this);
    }

    /// Removes it. No machine may run from it.
    @Override
    public void close() {
        lab.run("rm", "-f", path).ok();
    }

    /// The file for those who see the files that `dev/lab` sees.
    Path file() {
        return Path.of(path.substring(HOST.length()));
    }

    List<String> seen() {
        return lab.seenByLab();
    }
}
