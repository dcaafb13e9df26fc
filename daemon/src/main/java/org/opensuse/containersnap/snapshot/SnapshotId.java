package org.opensuse.containersnap.snapshot;

import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure.InvalidId;

/// The ID of a snapshot: `<image ID>` for an image as it was pulled, `<image ID>-work<N>` for one made by
/// create-snapshot. It is also the name of the snapshot's directory.
///
/// @param image the image that the snapshot comes from
/// @param work N, from 1; 0 stands for the image as it was pulled
public record SnapshotId(ImageId image, long work) {
    private static final String WORK = "-work";
    private static final String SHAPE = "64 lower-case hexadecimal digits, then nothing or -workN with N from 1";

    public SnapshotId {
        if (work < 0) {
            throw new IllegalArgumentException("negative number " + work);
        }
    }

    /// The snapshot of an image as it was pulled.
    public static SnapshotId of(ImageId image) {
        return new SnapshotId(image, 0);
    }

    /// Reads an ID as a caller wrote it.
    ///
    /// @throws InvalidId when the text is not the exact form; `-work0`, `-work01` and numbers above 2^63-1 are not
    public static SnapshotId parse(String text) throws InvalidId {
        return find(text).orElseThrow(() -> new InvalidId(text, "a snapshot ID", SHAPE));
    }

    /// Reads a directory name that may be a snapshot's.
    public static Optional<SnapshotId> find(String text) {
        if (ImageId.isValid(text)) {
            return Optional.of(of(new ImageId(text)));
        }
        int prefix = ImageId.LENGTH + WORK.length();
        if (text.length() <= prefix
                || !ImageId.isValid(text.substring(0, ImageId.LENGTH))
                || !text.startsWith(WORK, ImageId.LENGTH)) {
            return Optional.empty();
        }
        return number(text.substring(prefix))
                .map(work -> new SnapshotId(new ImageId(text.substring(0, ImageId.LENGTH)), work));
    }

    /// Whether this is an image as it was pulled.
    public boolean pristine() {
        return work == 0;
    }

    @Override
    public String toString() {
        return pristine() ? image.hex() : image.hex() + WORK + work;
    }

    private static Optional<Long> number(String digits) {
        if (digits.isEmpty() || digits.charAt(0) == '0') {
            return Optional.empty();
        }
        long number = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9 || number > (Long.MAX_VALUE - digit) / 10) {
                return Optional.empty();
            }
            number = number * 10 + digit;
        }
        return Optional.of(number);
    }
}
