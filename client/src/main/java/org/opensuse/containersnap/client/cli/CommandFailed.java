package org.opensuse.containersnap.client.cli;

/// A command that could not do what it was asked for; the message is one line for people.
final class CommandFailed extends Exception {
    private static final long serialVersionUID = 1;
    private final ExitCode exitCode;

    CommandFailed(String message) {
        this(message, ExitCode.FAILED);
    }

    CommandFailed(String message, ExitCode exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    ExitCode exitCode() {
        return exitCode;
    }

    String text() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
