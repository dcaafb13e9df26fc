package org.opensuse.containersnap.snapshot;

import org.opensuse.containersnap.snapshot.Failure.InvalidId;

/// The ID of an OCI image: 64 lower-case hexadecimal digits, the digest of its configuration.
///
/// @param hex the digits
public record ImageId(String hex) {
    static final int LENGTH = 64;

    public ImageId {
        if (!isValid(hex)) {
            throw new IllegalArgumentException("not an image ID: " + Quoted.of(hex));
        }
    }

    /// Reads an ID as a caller wrote it.
    ///
    /// @throws InvalidId when the text is anything else than 64 lower-case hexadecimal digits
    public static ImageId parse(String text) throws InvalidId {
        if (!isValid(text)) {
            throw new InvalidId(text, "an image ID", "64 lower-case hexadecimal digits");
        }
        return new ImageId(text);
    }

    public static boolean isValid(String text) {
        if (text.length() != LENGTH) {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return hex;
    }
}
