package org.opensuse.containersnap.engine;

import java.util.Optional;
import java.util.Set;
import org.opensuse.containersnap.engine.Records.CheckRecord;
import org.opensuse.containersnap.engine.TransferListener.Phase;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.DigestMismatch;
import org.opensuse.containersnap.snapshot.Failure.NotBootable;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// Deploys what the origin of the booted system stands for now.
public final class Update {
    private final CheckUpdate check;
    private final ListSnapshots snapshots;
    private final Decided decided;
    private final Deploy deploy;
    private final LeftImages left;
    private final Subvolumes subvolumes;
    private final StoreLayout layout;

    Update(
            CheckUpdate check,
            ListSnapshots snapshots,
            Decided decided,
            Deploy deploy,
            LeftImages left,
            Subvolumes subvolumes,
            StoreLayout layout) {
        this.check = check;
        this.snapshots = snapshots;
        this.decided = decided;
        this.deploy = deploy;
        this.left = left;
        this.subvolumes = subvolumes;
        this.layout = layout;
    }

    /// Hears how far an update is, on the thread that does it.
    public interface Listener extends DeployListener {
        /// Takes note of what the registry told, which is kept.
        void checked();
    }

    /// What came of it.
    ///
    /// @param digest of the manifest that the registry has
    /// @param done empty when that was not to be deployed
    /// @param waits whether the next boot takes it, or took it already before, and may take it at once
    public record Outcome(String digest, Optional<Deploy.Done> done, boolean waits) {}

    /// Asks the registry and deploys just the manifest that it told of, durable on return. When that fails or is
    /// interrupted, what it made is removed again; the registry's answer stays.
    ///
    /// @param origin of what is booted
    /// @param digest that the registry must tell of; empty for any
    /// @param automatic whether nobody asked for it now
    /// @throws DigestMismatch when it tells of another one
    public Outcome run(ImageReference origin, Optional<String> digest, boolean automatic, Listener listener)
            throws Failure, InterruptedException {
        listener.begins(Phase.CONNECTING);
        CheckRecord answer = check.run(origin);
        listener.checked();
        if (digest.isPresent() && !digest.get().equals(answer.digest())) {
            throw new DigestMismatch(origin.toString(), digest.get(), Set.of(answer.digest()));
        }
        if (isThere(answer) || (automatic && decided.against(answer.image()))) {
            return new Outcome(answer.digest(), Optional.empty(), waits(answer, automatic));
        }
        Deployment deployment = Deployment.update(origin, answer.digest(), automatic);
        try {
            return new Outcome(
                    answer.digest(), Optional.of(deploy.accept(deployment).run(listener)), true);
        } catch (NotBootable e) {
            if (automatic) {
                leave(answer.image(), e);
            }
            throw e;
        }
    }

    /// Or each night would fetch it again, to no end.
    private void leave(ImageId image, NotBootable why) {
        try {
            left.settle(Optional.of(image), Optional.empty());
            subvolumes.sync(layout.state());
        } catch (Failure e) {
            why.addSuppressed(e);
        }
    }

    private boolean waits(CheckRecord answer, boolean automatic) throws Failure {
        BootState boot = snapshots.boot();
        return boot.rebootNeeded()
                && isOf(boot.defaultSnapshot(), answer)
                && !(automatic && decided.against(answer.image()));
    }

    private boolean isThere(CheckRecord answer) throws Failure {
        BootState boot = snapshots.boot();
        return isOf(boot.bootedSnapshot(), answer) || isOf(boot.defaultSnapshot(), answer);
    }

    private static boolean isOf(Optional<SnapshotId> snapshot, CheckRecord answer) {
        return snapshot.map(SnapshotId::image).equals(Optional.of(answer.image()));
    }
}
