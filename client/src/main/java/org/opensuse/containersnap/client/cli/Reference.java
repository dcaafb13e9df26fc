package org.opensuse.containersnap.client.cli;

/// A name of an image as a person types it. Only what no name can be is refused here; the service knows the rest.
final class Reference {
    /// The service's own limit.
    private static final int LONGEST = 1024;

    private Reference() {}

    static String parse(String text) throws UsageError {
        if (text.length() > LONGEST) {
            throw new UsageError("a name of an image has at most " + LONGEST + " characters, " + Printable.quoted(text)
                    + " has " + text.length());
        }
        if (text.isEmpty()) {
            throw new UsageError("a name of an image is not empty");
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == ' ' || Printable.control(text.charAt(i))) {
                throw new UsageError(
                        Printable.quoted(text) + " is no name of an image: it has a space or a control character");
            }
        }
        return text;
    }
}
