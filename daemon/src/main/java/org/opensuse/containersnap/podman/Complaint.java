package org.opensuse.containersnap.podman;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.opensuse.containersnap.snapshot.Quoted;

/// Makes one clear line of the words that podman fails with, which are nested: what it was doing, outermost first,
/// then why that failed.
final class Complaint {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST = 300;
    private static final String SEPARATOR = ": ";

    /// What podman was doing, which says nothing to the reader.
    private static final Pattern DOING =
            Pattern.compile("(?:initializing|pinging|reading|writing|storing|copying|creating"
                    + "|parsing|loading|untarring|trying|fetching|committing|happened during|unable to|Get \"|Head \"|Error|error"
                    + "|archive/tar|docker-archive|oci-archive).*");

    private static final List<Meaning> OF_PULL = List.of(
            Meaning.of("manifest unknown|name unknown|name not known", "the registry has no such image or tag"),
            Meaning.of(
                    "toomanyrequests|too many requests|(?i:status ?code|status)(?: from registry)?:? 429",
                    "the registry says that there were too many requests; try again later"),
            Meaning.of(
                    "unauthorized|authentication required",
                    "the registry wants a login (unauthorized); 'podman login' keeps one"),
            Meaning.of("denied|StatusCode: 403", "the registry denies access"),
            Meaning.of("no such host", "the registry's name is not known (no such host)"),
            Meaning.of("connection refused", "the registry can't be reached (connection refused)"),
            Meaning.of("no route to host", "the registry can't be reached (no route to host)"),
            Meaning.of("network is unreachable", "the registry can't be reached (network is unreachable)"),
            Meaning.of("i/o timeout|deadline exceeded", "the registry does not answer in time"),
            Meaning.of("connection reset", "the registry broke off the connection (connection reset)"),
            Meaning.of("unexpected EOF", "the registry broke off the connection (unexpected EOF)"),
            Meaning.of(
                    "exceeded maximum allowed size",
                    "the registry sent a manifest or configuration that is larger than any (exceeded maximum allowed size)"),
            Meaning.of(
                    "does not match expected",
                    "the registry sent something else than what it was asked for (does not match expected digest)"),
            Meaning.of(
                    "not look like a TLS handshake|HTTP response to HTTPS client",
                    "the registry does not speak TLS; podman's registries.conf can allow that"));

    private static final List<Meaning> OF_LOAD = List.of(
            Meaning.of("unexpected EOF", "the archive is cut off (unexpected EOF)"),
            Meaning.of("gzip: invalid checksum|digest did not match|flate: corrupt", "the archive is damaged"));

    /// How podman says that a file is not an archive of a format, in the attempt to read it as one.
    private static final Pattern NOT_OF_FORMAT =
            Pattern.compile("(?:index|manifest)\\.json: (?:no such file or directory|.*not exist|not a directory)"
                    + "|invalid tar header");

    private Complaint() {}

    private record Meaning(Pattern words, String sentence) {
        private static Meaning of(String words, String sentence) {
            return new Meaning(Pattern.compile(words), sentence);
        }
    }

    /// The error in an answer of podman: a stream has `error` or just `errorDetail`, other answers have `message`.
    static Optional<String> find(JsonNode answer) {
        for (String text : List.of(
                answer.path("error").asText(""),
                answer.path("errorDetail").path("message").asText(""),
                answer.path("message").asText(""))) {
            if (!text.isEmpty()) {
                return Optional.of(text);
            }
        }
        return Optional.empty();
    }

    /// The error in an answer that is no success; empty when it is none of podman's.
    static Optional<String> find(String answer) {
        try {
            return find(JSON.readTree(answer));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// The error in an answer that is no success; the answer itself when it is none of podman's.
    static String of(String answer) {
        return find(answer).orElse(answer);
    }

    static boolean noSpace(String words) {
        String lower = words.toLowerCase(Locale.ROOT);
        return lower.contains("no space left on device") || lower.contains("disk quota exceeded");
    }

    /// Why a pull failed. Only the reason is looked at: names and digests, which come before it, may hold any word.
    static String ofPull(String words) {
        return meaning(OF_PULL, reason(words)).orElseGet(() -> plain(words));
    }

    /// Why a load failed. podman tries all formats that it knows and has a line for each.
    static String ofLoad(String words) {
        for (String format : List.of("oci-archive", "docker-archive")) {
            Optional<String> attempt = attempt(words, format);
            if (attempt.isPresent() && !NOT_OF_FORMAT.matcher(attempt.get()).find()) {
                return meaning(OF_LOAD, attempt.get()).orElseGet(() -> plain(attempt.get()));
            }
        }
        return attempt(words, "oci-archive").isPresent()
                ? "it is neither an oci-archive nor a docker-archive"
                : plain(words);
    }

    /// The words without what podman was doing, for a person.
    static String plain(String words) {
        return Quoted.plain(reason(words), LONGEST);
    }

    private static String reason(String words) {
        List<String> parts = new ArrayList<>();
        for (String part : words.strip().split(SEPARATOR, -1)) {
            if (parts.isEmpty() || !parts.getLast().equals(part)) {
                parts.add(part);
            }
        }
        while (parts.size() > 1 && DOING.matcher(parts.getFirst()).matches()) {
            parts.removeFirst();
        }
        return String.join(SEPARATOR, parts);
    }

    private static Optional<String> attempt(String words, String format) {
        String start = " * " + format + SEPARATOR;
        return words.lines()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .findFirst();
    }

    private static Optional<String> meaning(List<Meaning> meanings, String words) {
        return meanings.stream()
                .filter(meaning -> meaning.words().matcher(words).find())
                .map(Meaning::sentence)
                .findFirst();
    }
}
