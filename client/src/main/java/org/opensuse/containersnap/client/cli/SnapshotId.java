package org.opensuse.containersnap.client.cli;

import java.util.Optional;
import org.opensuse.containersnap.client.wire.Names;

/// The ID of a snapshot: 64 lower-case hexadecimal digits, for a copy of an image followed by "-work" and a number.
record SnapshotId(String text) {
    private static final int IMAGE_LENGTH = 64;
    private static final String WORK = "-work";
    private static final String HIGHEST_NUMBER = "9223372036854775807";

    /// The ID that the text is; empty when it is none.
    static Optional<SnapshotId> find(String text) {
        return imagePart(text) && (text.length() == IMAGE_LENGTH || numberPart(text))
                ? Optional.of(new SnapshotId(text))
                : Optional.empty();
    }

    /// The ID that the text is.
    static SnapshotId parse(String text) throws UsageError {
        return find(text)
                .orElseThrow(() -> new UsageError(Printable.quoted(text)
                        + " is not an ID: that is 64 hex digits, or those and -workN, as list-snapshots prints it"));
    }

    private static boolean imagePart(String text) {
        if (text.length() < IMAGE_LENGTH) {
            return false;
        }
        for (int i = 0; i < IMAGE_LENGTH; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    private static boolean numberPart(String text) {
        int start = IMAGE_LENGTH + WORK.length();
        int digits = text.length() - start;
        if (!text.startsWith(WORK, IMAGE_LENGTH)
                || digits < 1
                || digits > HIGHEST_NUMBER.length()
                || text.charAt(start) == '0') {
            return false;
        }
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return digits < HIGHEST_NUMBER.length() || text.substring(start).compareTo(HIGHEST_NUMBER) <= 0;
    }

    /// Whether it is an image's own snapshot, so that the text is an image ID too.
    boolean isImage() {
        return text.length() == IMAGE_LENGTH;
    }

    /// Path of the snapshot's object on the bus.
    String objectPath() {
        return Names.SNAPSHOT_PATH + text.replace('-', '_');
    }

    @Override
    public String toString() {
        return text;
    }
}
