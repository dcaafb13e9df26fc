package org.opensuse.containersnap.job;

import org.opensuse.containersnap.snapshot.Failure.InvalidArguments;
import org.opensuse.containersnap.snapshot.Quoted;

/// What a caller calls a request of its own, so that asking again does not start it again: 1 to 64 visible ASCII
/// characters, such as a UUID.
public record RequestId(String text) {
    private static final int LONGEST = 64;

    public RequestId {
        if (!isValid(text)) {
            throw new IllegalArgumentException("not a request ID: " + Quoted.of(text));
        }
    }

    /// Reads an ID as a caller wrote it.
    ///
    /// @throws InvalidArguments when it is empty, too long, or has other characters
    public static RequestId parse(String text) throws InvalidArguments {
        if (!isValid(text)) {
            throw new InvalidArguments(Quoted.of(text) + " is not a request_id: expected 1 to " + LONGEST
                    + " visible ASCII characters, such as a UUID");
        }
        return new RequestId(text);
    }

    private static boolean isValid(String text) {
        return !text.isEmpty() && text.length() <= LONGEST && text.chars().allMatch(c -> c > ' ' && c <= '~');
    }

    @Override
    public String toString() {
        return text;
    }
}
