package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Value;

/// Deletes a snapshot, an image, or a name of an image.
sealed interface Delete extends Command {
    String HELP = """
            Deletes a snapshot or an image. What is booted, what the next boot takes, what a
            rollback goes to, and what is pinned is never deleted. Snapshots made from an image
            stay when the image goes. Prints nothing.

            Options:
              --id ID      of a copy that create-snapshot or deploy made: the snapshot;
                           of an image: the image with all its names
              --url NAME   this name; the image goes with its last name

            Examples:
              container-snap delete --id ID
              container-snap delete --url registry.opensuse.org/opensuse/bootable:1
            """;

    static Delete parse(Words words) throws UsageError {
        words.noOperands();
        if (words.has(Option.ID) == words.has(Option.URL)) {
            throw new UsageError("say either --id or --url");
        }
        if (words.has(Option.ID)) {
            SnapshotId id = SnapshotId.parse(words.value(Option.ID).orElse(""));
            return id.isImage() ? new Image(id.text()) : new Snapshot(id);
        }
        String name = Reference.parse(words.value(Option.URL).orElse(""));
        if (SnapshotId.find(name).isPresent()) {
            throw new UsageError(Printable.quoted(name) + " is an ID, not a name; say --id");
        }
        return new Image(name);
    }

    /// Deletes a snapshot that create-snapshot made.
    record Snapshot(SnapshotId snapshot) implements Delete {
        @Override
        public void run(Session session) throws BusFailure {
            session.bus().call(Method.DELETE_SNAPSHOT, Session.value(snapshot), Value.noOptions());
        }
    }

    /// Deletes an image by its ID, or a name of it.
    record Image(String image) implements Delete {
        @Override
        public void run(Session session) throws BusFailure, CommandFailed {
            JobCommand.run(
                    session,
                    "delete " + Printable.shortened(image),
                    Method.DELETE_IMAGE,
                    Value.of(image),
                    Value.noOptions());
        }
    }
}
