package org.opensuse.containersnap.snapshot;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What can go wrong for a user. Each case is one error name on the bus; the message is one line that says what was
/// asked, what was found and what to do.
@SuppressWarnings("serial") // never serialized: it becomes a D-Bus error
public abstract sealed class Failure extends Exception {
    private Failure(String message) {
        this(message, null);
    }

    private Failure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// The message; never absent, since a D-Bus error without one would leave the caller without words.
    public String line() {
        String message = getMessage();
        return message == null ? toString() : message;
    }

    /// An ID that is not of an ID's form.
    public static final class InvalidId extends Failure {
        public InvalidId(String text, String what, String shape) {
            super(Quoted.of(text) + " is not " + what + ": expected " + shape
                    + "; 'container-snap list-snapshots' shows them");
        }
    }

    /// A registry reference that is none.
    public static final class InvalidReference extends Failure {
        public InvalidReference(String text, String reason) {
            super(Quoted.of(text) + " is not a registry reference: " + reason);
        }
    }

    /// A source to load from that is none.
    public static final class InvalidSource extends Failure {
        public InvalidSource(String text, String reason) {
            super("can't load from " + Quoted.of(text) + ": " + reason);
        }
    }

    /// Arguments that fit the signature but not the rules, such as an unknown option.
    public static final class InvalidArguments extends Failure {
        public InvalidArguments(String line) {
            super(line);
        }
    }

    /// A caller who may not do this.
    public static final class AccessDenied extends Failure {
        public AccessDenied(String line) {
            super(line);
        }
    }

    /// A caller who may do this once a person has proved who they are, and who did not allow that somebody is
    /// asked.
    public static final class InteractiveAuthorizationRequired extends Failure {
        public InteractiveAuthorizationRequired(String line) {
            super(line);
        }
    }

    /// A caller who has asked for too much at once.
    public static final class LimitsExceeded extends Failure {
        public LimitsExceeded(String line) {
            super(line);
        }
    }

    /// The service takes nothing new any more.
    public static final class Stopping extends Failure {
        public Stopping() {
            super("the service is stopping; try again");
        }
    }

    /// A file to load that is not there or can't be read.
    public static final class NoSuchFile extends Failure {
        public NoSuchFile(Path file, String reason) {
            super("can't read " + Quoted.of(file.toString()) + ": " + reason);
        }
    }

    /// An image that is not in the store.
    public static final class NoSuchImage extends Failure {
        public NoSuchImage(String asked) {
            super("there is no image " + Quoted.of(asked)
                    + "; 'container-snap list-images' shows those that are there");
        }
    }

    /// A snapshot that is not there.
    public static final class NoSuchSnapshot extends Failure {
        public NoSuchSnapshot(SnapshotId asked) {
            super("there is no snapshot " + asked + "; 'container-snap list-snapshots' shows those that are there");
        }
    }

    /// A rollback that has nowhere to go.
    public static final class NoRollback extends Failure {
        public NoRollback(String reason) {
            super("can't roll back: " + reason + "; 'container-snap switch' chooses any snapshot");
        }
    }

    /// A booted system of which nobody knows where to ask for a newer one.
    public static final class NoOrigin extends Failure {
        public NoOrigin(String reason) {
            super("there is no registry to ask for an update: " + reason
                    + "; a system that was pulled, switched to and booted has one");
        }
    }

    /// A snapshot that must stay as it is.
    public static final class SnapshotInUse extends Failure {
        public SnapshotInUse(SnapshotId snapshot, String asked, String use, String advice) {
            super("can't " + asked + " " + snapshot + ": " + use + "; " + advice);
        }
    }

    /// An image that somebody needs.
    public static final class ImageInUse extends Failure {
        public ImageInUse(ImageId image, List<String> containers) {
            super("can't delete the image " + image + ": podman's containers " + String.join(", ", containers)
                    + " use it; remove them first");
        }
    }

    /// The machine is not one that this works on.
    public static final class NotBtrfs extends Failure {
        public NotBtrfs(String line) {
            super(line);
        }
    }

    /// The file system is full, or would be.
    public static final class NoSpace extends Failure {
        private final OptionalLong bytesNeeded;
        private final OptionalLong bytesFree;

        public NoSpace(String asked, @Nullable Throwable cause) {
            this(asked, OptionalLong.empty(), OptionalLong.empty(), cause);
        }

        /// @param bytesNeeded at least; empty when that is not known
        /// @param bytesFree when it began; empty when that is not known
        public NoSpace(String asked, OptionalLong bytesNeeded, OptionalLong bytesFree, @Nullable Throwable cause) {
            super(
                    "no space left on the file system to " + asked + numbers(bytesNeeded, bytesFree)
                            + "; make room first, such as by deleting images or snapshots",
                    cause);
            this.bytesNeeded = bytesNeeded;
            this.bytesFree = bytesFree;
        }

        public OptionalLong bytesNeeded() {
            return bytesNeeded;
        }

        public OptionalLong bytesFree() {
            return bytesFree;
        }

        private static String numbers(OptionalLong needed, OptionalLong free) {
            List<String> parts = new ArrayList<>();
            needed.ifPresent(bytes -> parts.add("it needs at least " + ByteSize.text(bytes)));
            free.ifPresent(bytes ->
                    parts.add(ByteSize.text(bytes) + " were free" + (needed.isEmpty() ? " when it began" : "")));
            return parts.isEmpty() ? "" : ": " + String.join(", ", parts);
        }
    }

    /// A pull that the registry or podman ended.
    public static final class PullFailed extends Failure {
        public PullFailed(ImageReference reference, String reason) {
            this("pull", reference, reason);
        }

        private PullFailed(String doing, ImageReference reference, String reason) {
            super("can't " + doing + " " + reference + ": " + reason);
        }

        /// Of a question to the registry, which would have failed a pull as well.
        public static PullFailed ofQuestion(ImageReference reference, String reason) {
            return new PullFailed("ask the registry for", reference, reason);
        }
    }

    /// An archive that podman would not load.
    public static final class LoadFailed extends Failure {
        public LoadFailed(ArchiveSource source, String reason) {
            super("can't load " + Quoted.of(source.toString()) + ": " + reason);
        }
    }

    /// A file of configuration with something in it that is not known.
    public static final class InvalidConfiguration extends Failure {
        /// @param line from 1
        public InvalidConfiguration(String file, int line, String reason) {
            super(Quoted.of(file) + ", line " + line + ": " + reason);
        }

        public InvalidConfiguration(String file, String reason) {
            super(Quoted.of(file) + ": " + reason);
        }
    }

    /// A hook of deploy that did not do its work, or that may not be run.
    public static final class HookFailed extends Failure {
        private static final int LONGEST_LAST_LINE = 300;

        private HookFailed(String line, @Nullable Throwable cause) {
            super(line, cause);
        }

        /// A hook that ran.
        ///
        /// @param how it ended, such as `exited with 3`
        /// @param lastLine what it said last; empty when it said nothing
        public static HookFailed ended(Path hook, String how, String lastLine) {
            String said = lastLine.isEmpty() ? "it said nothing" : Quoted.plain(lastLine, LONGEST_LAST_LINE);
            return new HookFailed("the hook " + hook + " " + how + ": " + said + advice(hook), null);
        }

        /// A hook that could not be started.
        public static HookFailed notStarted(Path hook, Throwable why) {
            String reason = Quoted.plain(String.valueOf(why.getMessage()), LONGEST_LAST_LINE);
            return new HookFailed("the hook " + hook + " can't be started: " + reason + advice(hook), why);
        }

        /// A file or directory from which nothing is run.
        public static HookFailed refused(String path, String what, String advice) {
            return new HookFailed("no hook is run: " + Quoted.of(path) + " " + what + "; " + advice, null);
        }

        private static String advice(Path hook) {
            return "; mend that, or leave the hook out by an empty file /etc/container-snap/deploy.d/"
                    + hook.getFileName();
        }
    }

    /// An image that no machine can boot from.
    public static final class NotBootable extends Failure {
        public NotBootable(String image, String reason) {
            super(image + " is not bootable: " + reason);
        }
    }

    /// An image that is another one than was asked for.
    public static final class DigestMismatch extends Failure {
        public DigestMismatch(String image, String asked, Collection<String> found) {
            super("the manifest of " + image + " has the digest " + String.join(" or ", new TreeSet<>(found)) + ", not "
                    + asked + " as was asked for; look at what the registry has now, and ask for that if it is right");
        }
    }

    /// Something else works on the same thing.
    public static final class Busy extends Failure {
        public Busy(String asked, String holder) {
            super("can't " + asked + " now: " + holder + "; try again when that has ended");
        }
    }

    /// A request ID under which the same user asked for something else.
    public static final class RequestIdInUse extends Failure {
        public RequestIdInUse(String id, long job, String what) {
            super("the request_id " + Quoted.of(id) + " stands for job " + job + ", the " + what
                    + ", and this call asks for something else; give it an ID of its own");
        }
    }

    /// A job that was cancelled.
    public static final class Cancelled extends Failure {
        private static final String UNCHANGED = "nothing was changed";

        public Cancelled(String what) {
            super(what + " was cancelled; " + UNCHANGED);
        }

        private Cancelled(Cancelled other, String left) {
            super(other.line().replace(UNCHANGED, left));
        }

        /// As it is of a job that is not undone wholly.
        ///
        /// @param left what is not as it was
        public Cancelled leaving(String left) {
            return new Cancelled(this, left);
        }

        private Cancelled(String what, String why) {
            super(what + " was cancelled, because " + why);
        }

        /// Of a job whose caller is gone, and wanted it to end then.
        public static Cancelled byLeaving(String what) {
            return new Cancelled(
                    what, "the caller that started it with cancel_on_disconnect left the bus; " + UNCHANGED);
        }

        /// Of a job whose service was stopped.
        public static Cancelled byStop(String what) {
            return new Cancelled(what, "container-snapd was stopped; " + UNCHANGED + ", start it again");
        }

        /// Of a job whose machine goes down.
        public static Cancelled byShutdown(String what) {
            return new Cancelled(what, "the machine shuts down; " + UNCHANGED + ", start it again");
        }
    }

    /// A job whose service ended before it did.
    public static final class Interrupted extends Failure {
        public Interrupted(String what, String phase) {
            super(
                    what + " was interrupted" + (phase.isEmpty() ? "" : " while " + phase)
                            + ", because container-snapd ended; what it had half done is undone or completed, start it again to be sure");
        }
    }

    /// A job that can't be cancelled.
    public static final class NotCancelable extends Failure {
        public NotCancelable(String line) {
            super(line);
        }
    }

    /// podman or btrfs failed in a way that has no name of its own.
    public static final class StorageFailed extends Failure {
        public StorageFailed(String line, @Nullable Throwable cause) {
            super(line, cause);
        }
    }

    /// A bug of the service. Whoever catches what was thrown logs it with this message, whose number finds it
    /// again.
    public static final class Bug extends Failure {
        private static final AtomicLong numbers = new AtomicLong();

        public Bug(Throwable thrown) {
            super(
                    "internal error " + numbers.incrementAndGet() + "; the journal of container-snapd has the details",
                    thrown);
        }
    }
}
