package org.opensuse.containersnap.podman;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A version of podman, such as 4.3 of `4.3.1` or `4.3.1-rhel`.
record PodmanVersion(int major, int minor) implements Comparable<PodmanVersion> {
    /// The oldest one that all was tried with.
    static final PodmanVersion OLDEST = new PodmanVersion(4, 3);

    private static final Pattern FORM = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(?:[.+-].*)?");

    /// Reads what podman says of itself; empty when that is no version.
    static Optional<PodmanVersion> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new PodmanVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    @Override
    public int compareTo(PodmanVersion other) {
        return major == other.major ? Integer.compare(minor, other.minor) : Integer.compare(major, other.major);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
