package org.opensuse.containersnap.snapshot;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensuse.containersnap.snapshot.Failure.InvalidReference;

/// A reference to an image in a registry, in full: `docker://HOST[:PORT]/PATH:TAG` or `…@sha256:DIGEST`.
///
/// The grammar and the defaults are those of the docker transport of containers-transports(5): no host means
/// `docker.io`, there no directory means `library/`, neither tag nor digest means `:latest`, and of a tag and a
/// digest the digest counts. Two texts that mean the same image give equal references, so that a rule on the text
/// of [#toString] can't be got around by spelling.
///
/// @param repository host and path, such as `registry.opensuse.org/os`
/// @param version `:TAG` or `@ALGORITHM:DIGEST`
public record ImageReference(String repository, String version) {
    private static final String TRANSPORT = "docker://";
    private static final String DEFAULT_HOST = "docker.io";
    private static final int LONGEST = 1024;

    private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
    private static final String HOST = "(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?";
    private static final String COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";

    private static final Pattern GRAMMAR = Pattern.compile(
            "(?<path>" + COMPONENT + "(?:/" + COMPONENT
                    + ")*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?");

    /// Reads a reference as a caller wrote it.
    ///
    /// @throws InvalidReference when it is not one, or names another transport than `docker://`
    public static ImageReference parse(String text) throws InvalidReference {
        if (text.length() > LONGEST) {
            throw new InvalidReference(
                    text, "it has " + text.length() + " characters, at most " + LONGEST + " are read");
        }
        String rest = text.startsWith(TRANSPORT) ? text.substring(TRANSPORT.length()) : text;
        int slash = rest.indexOf('/');
        String first = slash < 0 ? "" : rest.substring(0, slash);
        boolean named = isHost(first);
        Matcher matcher = GRAMMAR.matcher(named ? rest.substring(slash + 1) : rest);
        if (!matcher.matches() || (named && !first.matches(HOST))) {
            throw new InvalidReference(text, "expected [docker://][HOST[:PORT]/]PATH[:TAG|@sha256:DIGEST]");
        }
        String path = matcher.group("path");
        if (ImageId.isValid(path)) {
            throw new InvalidReference(text, "64 hexadecimal digits are an image ID, not a name");
        }
        String host = named ? first : DEFAULT_HOST;
        return new ImageReference(repository(host, path), version(matcher));
    }

    /// Checks what a caller wrote as the name of an image in the store: any reference, with or without its defaults.
    ///
    /// @return the text itself
    /// @throws InvalidReference when no image can have such a name
    public static String checkName(String text) throws InvalidReference {
        parse(text);
        return text;
    }

    /// Reads a name that may be a reference.
    public static Optional<ImageReference> find(String text) {
        try {
            return Optional.of(parse(text));
        } catch (InvalidReference _) {
            return Optional.empty();
        }
    }

    /// The reference without its transport, as podman takes and shows it.
    public String name() {
        return repository + version;
    }

    @Override
    public String toString() {
        return TRANSPORT + name();
    }

    private static boolean isHost(String first) {
        return first.equals("localhost")
                || first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.chars().anyMatch(Character::isUpperCase);
    }

    private static String repository(String host, String path) {
        String canonicalHost = host.equals("index.docker.io") ? DEFAULT_HOST : host;
        boolean official = canonicalHost.equals(DEFAULT_HOST) && path.indexOf('/') < 0;
        return canonicalHost + "/" + (official ? "library/" : "") + path;
    }

    private static String version(Matcher matcher) {
        if (matcher.group("digest") != null) {
            return "@" + matcher.group("digest");
        }
        return ":" + (matcher.group("tag") == null ? "latest" : matcher.group("tag"));
    }
}
