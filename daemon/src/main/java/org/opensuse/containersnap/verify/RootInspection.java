package org.opensuse.containersnap.verify;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.engine.Inspection;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.StorageFailed;
import org.opensuse.containersnap.snapshot.Finding;
import org.opensuse.containersnap.snapshot.Requirement;
import org.opensuse.containersnap.tree.Status;
import org.opensuse.containersnap.tree.Status.Kind;
import org.opensuse.containersnap.tree.TreeView;

/// [Inspection] by the files of the root.
public final class RootInspection implements Inspection {
    private static final Path THIS_PROGRAM = Path.of("/proc/self/exe");
    private static final String CLIENT = "/usr/bin/container-snap";
    private static final String SNAPPER = "/usr/bin/snapper";
    private static final String SNAPSHOTS = "/.snapshots";

    private final Architecture due;

    /// @param due what the machine runs
    RootInspection(Architecture due) {
        this.due = due;
    }

    /// What tells whether this machine can boot a root.
    public static RootInspection ofThisMachine() throws IOException {
        try (InputStream program = Files.newInputStream(THIS_PROGRAM)) {
            return new RootInspection(Architecture.find(program.readNBytes(Architecture.HEADER_BYTES))
                    .orElseThrow(() -> new IOException(
                            "can't tell this machine's architecture: " + THIS_PROGRAM + " is no ELF program")));
        }
    }

    @Override
    public List<Finding> inspect(Path root) throws Failure {
        try (TreeView tree = TreeView.of(root)) {
            List<Finding> findings = new ArrayList<>();
            for (Requirement requirement : Requirement.values()) {
                Verdict verdict = check(requirement).of(new Root(tree));
                findings.add(new Finding(requirement, verdict.met(), verdict.found(), verdict.mend()));
            }
            return findings;
        } catch (IOException e) {
            throw new StorageFailed("can't verify " + root + ": " + e.getMessage(), e);
        }
    }

    private Check check(Requirement requirement) {
        return switch (requirement) {
            case CLIENT -> root -> program(root, CLIENT, "install container-snap in the image");
            case NO_SNAPPER -> RootInspection::noSnapper;
            case TRANSACTIONAL_UPDATE -> new TransactionalUpdateCheck();
            case KERNEL -> new KernelCheck();
            case SYSTEMD -> root -> program(root, "/usr/lib/systemd/systemd", "install systemd in the image");
            case BOOT_LOADER -> new BootLoaderCheck();
            case RSYNC -> root -> program(root, "/usr/bin/rsync", "install rsync in the image");
            case NETWORK -> RootInspection::network;
            case ARCHITECTURE -> new ArchitectureCheck(due);
            case SNAPSHOTS_DIRECTORY -> RootInspection::snapshotsDirectory;
            case LOGIN -> new LoginCheck();
        };
    }

    private static Verdict program(Root root, String path, String mend) throws IOException {
        Optional<String> why = root.notProgram(path);
        return why.isEmpty() ? Verdict.met(path) : Verdict.lacking(why.get(), mend);
    }

    private static Verdict noSnapper(Root root) throws IOException {
        return root.tree().linkStatus(SNAPPER).isEmpty()
                ? Verdict.met("there is no " + SNAPPER)
                : Verdict.lacking(
                        "there is " + SNAPPER,
                        "remove snapper from the image: transactional-update takes it, where it is, for its snapshots");
    }

    private static Verdict network(Root root) throws IOException {
        for (String manager : List.of("NetworkManager", "wickedd")) {
            Optional<String> program = root.program(manager);
            if (program.isPresent()) {
                return Verdict.met(program.get());
            }
        }
        String networkd = "/usr/lib/systemd/systemd-networkd";
        return root.notProgram(networkd).isEmpty()
                ? Verdict.met(networkd)
                : Verdict.lacking(
                        "there is neither NetworkManager nor wicked nor systemd-networkd",
                        "install one of them in the image");
    }

    /// A link would be followed outside the root when it is mounted on.
    private static Verdict snapshotsDirectory(Root root) throws IOException {
        Optional<Status> status = root.tree().linkStatus(SNAPSHOTS);
        if (status.isPresent() && status.get().kind() == Kind.DIRECTORY) {
            return Verdict.met(SNAPSHOTS);
        }
        String found = status.isEmpty()
                ? "there is no " + SNAPSHOTS
                : SNAPSHOTS + " is " + status.get().kind();
        return Verdict.lacking(found, "make " + SNAPSHOTS + " a directory in the image: tukit mounts on it");
    }
}
