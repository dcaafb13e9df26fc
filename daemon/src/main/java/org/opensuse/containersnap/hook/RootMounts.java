package org.opensuse.containersnap.hook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.opensuse.containersnap.kernel.Descriptor;
import org.opensuse.containersnap.kernel.FileCalls;
import org.opensuse.containersnap.kernel.MountCalls;
import org.opensuse.containersnap.kernel.SystemError;
import org.opensuse.containersnap.process.Setup;

/// What a program sees that is to run inside a root: the root as a mount, as GRUB's tools need it, and in
/// there `/dev` and `/sys` of the machine, an empty `/run`, `/tmp` and `/var/tmp`, what the machine has
/// mounted below `/boot`, and the hook. `/proc` is left to who knows the program's PID namespace.
///
/// The root may be hostile. No symbolic link of it is followed: each place is walked to from the root's own
/// directory, and mounted on by what was found there. A place that is missing is made; one that is no
/// directory is refused.
final class RootMounts implements Setup {
    private static final FileCalls FILES = new FileCalls();
    private static final MountCalls MOUNTS = new MountCalls();

    /// Where a hook finds itself.
    private static final String HOOKS = "/run/container-snap/deploy.d";

    private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");
    private static final int POINT = 4;
    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int LINK = 0120000;
    private static final int OPEN_TO_ALL = 01777;
    private static final int USUAL = 0755;
    private static final int USUAL_UMASK = 022;

    private final Path machine;
    private final Path root;
    private final HookFile hook;

    /// @param machine the root of the running system
    RootMounts(Path machine, Path root, HookFile hook) {
        this.machine = machine;
        this.root = root;
        this.hook = hook;
    }

    /// The path of the hook for a program whose root this is.
    String hookPath() {
        return HOOKS + "/" + hook.name();
    }

    @Override
    public void arrange() throws IOException, SystemError {
        MOUNTS.umask(USUAL_UMASK);
        MOUNTS.bind(root.toString(), root.toString());
        try (Descriptor top = FILES.directory(root.toString())) {
            directory(top, "/proc", USUAL).close();
            copy(top, "/dev");
            copy(top, "/sys");
            for (String point : boot()) {
                copy(top, point);
            }
            empty(top, "/run", USUAL);
            empty(top, "/tmp", OPEN_TO_ALL);
            empty(top, "/var/tmp", OPEN_TO_ALL);
            show(top);
        }
    }

    /// What the service may not write to, a boot loader must.
    private void copy(Descriptor top, String place) throws IOException, SystemError {
        String source =
                place.startsWith("/boot/") ? machine.resolve(place.substring(1)).toString() : place;
        try (Descriptor covered = directory(top, place, USUAL)) {
            MOUNTS.bindAll(source, covered.path().toString());
        }
        try (Descriptor mounted = directory(top, place, USUAL)) {
            MOUNTS.allowWriting(mounted.path().toString());
        }
    }

    private void empty(Descriptor top, String place, int mode) throws IOException, SystemError {
        try (Descriptor covered = directory(top, place, mode)) {
            MOUNTS.memory(covered.path().toString(), Integer.toOctalString(mode));
        }
    }

    private void show(Descriptor top) throws IOException, SystemError {
        try (Descriptor directory = directory(top, HOOKS, USUAL);
                Descriptor file = FILES.create(directory, hook.name().getBytes(UTF_8))) {
            MOUNTS.bind(hook.path().toRealPath().toString(), file.path().toString());
        }
    }

    /// The places below /boot where the machine has something mounted, such as the EFI system partition.
    private Set<String> boot() throws IOException {
        Path boot = machine.resolve("boot");
        Set<String> points = new TreeSet<>();
        for (String line : Files.readAllLines(MOUNTINFO, ISO_8859_1)) {
            Path point = Path.of(line.split(" ", -1)[POINT]);
            if (point.startsWith(boot) && !point.equals(boot)) {
                points.add("/" + machine.relativize(point));
            }
        }
        return points;
    }

    /// A handle on a directory of the root, which is made when it is missing.
    private static Descriptor directory(Descriptor top, String place, int mode) throws IOException, SystemError {
        try {
            return existing(top, place);
        } catch (SystemError e) {
            if (e.errno() != SystemError.ENOENT) {
                throw e;
            }
        }
        int slash = place.lastIndexOf('/');
        try (Descriptor parent = slash == 0 ? existing(top, "/.") : directory(top, place.substring(0, slash), USUAL)) {
            FILES.makeDirectory(parent, place.substring(slash + 1).getBytes(UTF_8));
        } catch (SystemError e) {
            throw new IOException("could not make the root's " + place + ": " + e.getMessage(), e);
        }
        Descriptor made = existing(top, place);
        FILES.setMode(made, mode);
        return made;
    }

    private static Descriptor existing(Descriptor top, String place) throws IOException, SystemError {
        Descriptor handle;
        try {
            handle = FILES.handle(top, place.substring(1).getBytes(UTF_8));
        } catch (SystemError e) {
            if (e.errno() == SystemError.ELOOP || e.errno() == SystemError.ENOTDIR) {
                throw new IOException("the way to the root's " + place + " leads through what is no directory", e);
            }
            throw e;
        }
        int type = FILES.status(handle).mode() & TYPE;
        if (type != DIRECTORY) {
            handle.close();
            throw new IOException("the root's " + place + " is " + (type == LINK ? "a symbolic link" : "a file")
                    + ", where a directory is needed");
        }
        return handle;
    }
}
