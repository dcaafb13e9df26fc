package org.opensuse.containersnap.client.cli;

/// A command line that can't be run; the message is one line that says what is wrong with it.
final class UsageError extends Exception {
    private static final long serialVersionUID = 1;

    UsageError(String message) {
        super(message);
    }

    String text() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
