package org.opensuse.containersnap.carry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.carry.PathPattern.IllegalPath;
import org.opensuse.containersnap.snapshot.Failure.InvalidConfiguration;
import org.opensuse.containersnap.snapshot.Quoted;

/// Which path is carried over how.
///
/// Of the rules that cover a path the one with most names counts; of those the one without wildcards; of those the
/// last.
public final class Rules {
    /// What counts where nobody says anything else; daemon/README.md has the reasons.
    static final String DEFAULTS = """
            merge /etc
            # Which machine this is, and how it finds its disks.
            keep /etc/fstab
            keep /etc/crypttab
            keep /etc/hostname
            keep /etc/machine-id
            keep /etc/resolv.conf
            keep /etc/ssh/ssh_host_*
            keep /etc/iscsi/initiatorname.iscsi
            keep /etc/nvme/hostid
            keep /etc/nvme/hostnqn
            # Made by the system from what is in it.
            image /etc/.updated
            image /etc/ld.so.cache
            image /etc/udev/hwdb.bin
            """;

    /// What a line says.
    private record Rule(Mode mode, PathPattern pattern) {}

    private final List<Rule> rules = new ArrayList<>();

    private Rules() {}

    /// The rules that are built in.
    static Rules defaults() throws InvalidConfiguration {
        Rules rules = new Rules();
        rules.add("built in", DEFAULTS);
        return rules;
    }

    /// Adds the lines `MODE PATH` of a file; lines that are empty or begin with `#` say nothing.
    ///
    /// @param file for the message about a bad line
    void add(String file, String text) throws InvalidConfiguration {
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String words = line.strip();
            if (!words.isEmpty() && !words.startsWith("#")) {
                rules.add(rule(file, number, words));
            }
        }
    }

    private static Rule rule(String file, int number, String line) throws InvalidConfiguration {
        String[] words = line.split("[ \t]+", 2);
        Optional<Mode> mode = Mode.of(words[0]);
        if (words.length < 2 || mode.isEmpty()) {
            throw new InvalidConfiguration(
                    file,
                    number,
                    "expected 'MODE PATH' with one of the modes " + Mode.keywords() + ", found " + Quoted.of(line));
        }
        try {
            return new Rule(mode.get(), PathPattern.parse(words[1]));
        } catch (IllegalPath e) {
            throw new InvalidConfiguration(file, number, e.getMessage() + ", found " + Quoted.of(words[1]));
        }
    }

    /// How a path is carried over.
    public Mode mode(String path) {
        return ruleOf(path).map(Rule::mode).orElse(Mode.IMAGE);
    }

    /// Whether something below a path may be carried over in another way than the path itself.
    boolean differBelow(String path) {
        List<String> names = PathPattern.names(path);
        return rules.stream().anyMatch(rule -> rule.pattern.reachesBelow(names));
    }

    /// Whether a rule names the path itself, not something above it.
    boolean name(String path) {
        List<String> names = PathPattern.names(path);
        return ruleOf(path).filter(rule -> rule.pattern.names(names)).isPresent();
    }

    private Optional<Rule> ruleOf(String path) {
        List<String> names = PathPattern.names(path);
        Rule found = null;
        for (Rule rule : rules) {
            if (rule.pattern.covers(names) && (found == null || !before(rule.pattern, found.pattern))) {
                found = rule;
            }
        }
        return Optional.ofNullable(found);
    }

    /// Whether another pattern counts more, wherever it stands.
    private static boolean before(PathPattern pattern, PathPattern other) {
        return pattern.depth() != other.depth()
                ? pattern.depth() < other.depth()
                : pattern.hasWildcards() && !other.hasWildcards();
    }
}
