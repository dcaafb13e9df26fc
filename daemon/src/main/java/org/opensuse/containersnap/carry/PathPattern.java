package org.opensuse.containersnap.carry;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Paths that a line of the configuration is about: what it names, with all that is below. In a name `*` stands for any
/// characters and `?` for one.
final class PathPattern {
    private static final int LONGEST = 4096;
    private static final List<PathPattern> NOT_CARRIED = List.of(
            new PathPattern("/.snapshots"),
            new PathPattern("/dev"),
            new PathPattern("/proc"),
            new PathPattern("/run"),
            new PathPattern("/sys"),
            new PathPattern("/tmp"),
            new PathPattern("/var/lib/container-snap"));

    private final String text;
    private final List<Pattern> names;

    private PathPattern(String text) {
        this.text = text;
        this.names = names(text).stream().map(PathPattern::pattern).toList();
    }

    /// @throws IllegalPath with the reason, for a line of the configuration
    static PathPattern parse(String text) throws IllegalPath {
        String path = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        if (!text.startsWith("/")) {
            throw new IllegalPath("the path must begin with '/'");
        }
        if (text.length() > LONGEST) {
            throw new IllegalPath("the path is longer than " + LONGEST + " characters");
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalPath("the path has a null character");
        }
        if (path.isEmpty()) {
            throw new IllegalPath("'/' as a whole can't be carried over; name what is in it");
        }
        for (String name : names(path)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                throw new IllegalPath("the path must be without '//', '.' and '..'");
            }
        }
        PathPattern pattern = new PathPattern(path);
        Optional<PathPattern> other =
                NOT_CARRIED.stream().filter(pattern::touches).findFirst();
        if (other.isPresent()) {
            throw new IllegalPath("it covers or lies in " + other.get().text + ", which is never carried over");
        }
        return pattern;
    }

    /// Whether a path is what is named.
    boolean names(List<String> path) {
        return path.size() == names.size() && agrees(path);
    }

    /// Whether a path is what is named, or below it.
    boolean covers(List<String> path) {
        return path.size() >= names.size() && agrees(path);
    }

    /// Whether there may be something below a path that is named.
    boolean reachesBelow(List<String> path) {
        return path.size() < names.size() && agrees(path);
    }

    int depth() {
        return names.size();
    }

    boolean hasWildcards() {
        return text.contains("*") || text.contains("?");
    }

    /// The names of an absolute path.
    static List<String> names(String path) {
        return path.equals("/") ? List.of() : List.of(path.substring(1).split("/", -1));
    }

    private boolean agrees(List<String> path) {
        for (int i = 0; i < Math.min(path.size(), names.size()); i++) {
            if (!names.get(i).matcher(path.get(i)).matches()) {
                return false;
            }
        }
        return true;
    }

    private boolean touches(PathPattern other) {
        return agrees(names(other.text));
    }

    private static Pattern pattern(String name) {
        String expression = name.codePoints()
                .mapToObj(c -> switch (c) {
                    case '*' -> ".*";
                    case '?' -> ".";
                    default -> Pattern.quote(Character.toString(c));
                })
                .collect(Collectors.joining());
        return Pattern.compile(expression, Pattern.DOTALL);
    }

    @Override
    public String toString() {
        return text;
    }

    /// A path that can't be one of the configuration.
    @SuppressWarnings("serial") // never serialized: it becomes a Failure
    static final class IllegalPath extends Exception {
        IllegalPath(String reason) {
            super(reason);
        }
    }
}
