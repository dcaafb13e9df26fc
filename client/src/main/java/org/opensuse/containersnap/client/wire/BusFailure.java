package org.opensuse.containersnap.client.wire;

/// A call that brought no answer to work with.
public abstract sealed class BusFailure extends Exception {
    private static final long serialVersionUID = 1;

    private BusFailure(String message) {
        super(message);
    }

    /// What went wrong, in the words of who found it.
    public String reason() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    /// No connection to the bus.
    public static final class Unreachable extends BusFailure {
        private static final long serialVersionUID = 1;
        private final boolean absent;

        public Unreachable(String reason, boolean absent) {
            super(reason);
            this.absent = absent;
        }

        /// Whether there is no bus at all: no socket, or nobody who listens on it.
        public boolean absent() {
            return absent;
        }
    }

    /// No answer came in time.
    public static final class Late extends BusFailure {
        private static final long serialVersionUID = 1;

        public Late(Method method) {
            super("no answer to " + method.member() + " in " + method.timeoutSeconds() + " s");
        }
    }

    /// The connection ended, or the service did.
    public static final class Lost extends BusFailure {
        private static final long serialVersionUID = 1;

        public Lost(String reason) {
            super(reason);
        }
    }

    /// An error was the answer.
    public static final class Answered extends BusFailure {
        private static final long serialVersionUID = 1;
        private final String name;
        private final boolean byBus;

        public Answered(String name, String message, boolean byBus) {
            super(message);
            this.name = name;
            this.byBus = byBus;
        }

        /// The D-Bus error name.
        public String name() {
            return name;
        }

        /// Whether the bus itself answered, in the place of the service.
        public boolean byBus() {
            return byBus;
        }
    }

    /// A person did not want to wait for the end of a job any longer.
    public static final class Abandoned extends BusFailure {
        private static final long serialVersionUID = 1;

        public Abandoned() {
            super("not waited for");
        }
    }

    /// The answer is not what the contract says.
    public static final class Unreadable extends BusFailure {
        private static final long serialVersionUID = 1;

        public Unreadable(String reason) {
            super(reason);
        }
    }
}
