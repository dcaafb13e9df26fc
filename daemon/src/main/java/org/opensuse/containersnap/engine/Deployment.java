package org.opensuse.containersnap.engine;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.Requirement;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// What is to be deployed, and how.
///
/// @param ignored requirements that need not be met
/// @param digest that the image's manifest must have; empty for any
/// @param stageOnly whether what the next boot takes stays as it is
/// @param dryRun whether it is only told
/// @param reboot whether the machine is restarted into it
/// @param chooser what it is
public record Deployment(
        Source source,
        Set<Requirement> ignored,
        Optional<String> digest,
        boolean stageOnly,
        boolean dryRun,
        boolean reboot,
        Chooser chooser) {
    public Deployment {
        ignored = ignored.isEmpty() ? Set.of() : EnumSet.copyOf(ignored);
    }

    /// An update of what is booted.
    ///
    /// @param automatic whether nobody asked for it now
    static Deployment update(ImageReference origin, String digest, boolean automatic) {
        return new Deployment(
                new Source.Registry(origin),
                Set.of(),
                Optional.of(digest),
                false,
                false,
                false,
                automatic ? Chooser.AUTOMATIC_UPDATE : Chooser.UPDATE);
    }

    /// What a new system is made of.
    public sealed interface Source {
        /// An image that is pulled.
        record Registry(ImageReference reference) implements Source {
            @Override
            public String toString() {
                return reference.toString();
            }
        }

        /// A snapshot that is there, such as that of an image as it was pulled.
        record Store(SnapshotId snapshot) implements Source {
            @Override
            public String toString() {
                return snapshot.toString();
            }
        }
    }

    /// All of it as a line, such as `docker://registry.example.org/os:1 stage-only ignore=kernel,rsync`.
    @Override
    public String toString() {
        return source
                + (stageOnly ? " stage-only" : "")
                + (ignored.isEmpty()
                        ? ""
                        : " ignore="
                                + ignored.stream().map(Requirement::toString).collect(Collectors.joining(",")))
                + digest.map(" digest="::concat).orElse("")
                + (dryRun ? " dry-run" : "")
                + (reboot ? " reboot" : "");
    }
}
