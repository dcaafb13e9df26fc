package org.opensuse.containersnap.carry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.InvalidConfiguration;
import org.opensuse.containersnap.tree.Kind;
import org.opensuse.containersnap.tree.Node;
import org.opensuse.containersnap.tree.Tree;

/// The files that add to the [Rules]: `*.conf` below two directories of the running system, in the order of
/// their names. One in the second directory takes the place of one with the same name in the first; when it is
/// empty or a link to `/dev/null`, there is none. What an image has there says nothing before it is the running
/// system.
final class RuleFiles {
    private static final String[] DIRECTORIES = {
        "/usr/lib/container-snap/carry-over.d", "/etc/container-snap/carry-over.d"
    };
    private static final String SUFFIX = ".conf";
    private static final String NOTHING = "/dev/null";
    private static final int LONGEST = 1 << 20;

    private RuleFiles() {}

    static Rules read(Tree running) throws Failure, InterruptedException {
        Map<String, String> paths = new TreeMap<>();
        for (String directory : DIRECTORIES) {
            for (String name : running.names(directory)) {
                if (name.endsWith(SUFFIX)) {
                    paths.put(name, directory + "/" + name);
                }
            }
        }
        Rules rules = Rules.defaults();
        for (String path : paths.values()) {
            rules.add(path, text(running, path));
        }
        return rules;
    }

    private static String text(Tree running, String path) throws Failure, InterruptedException {
        Optional<Node> node = running.find(path);
        if (node.isPresent()
                && node.get().kind() == Kind.LINK
                && node.get().target().equals(NOTHING)) {
            return "";
        }
        byte[] content = running.contentFollowing(path, LONGEST)
                .orElseThrow(() -> new InvalidConfiguration(
                        path,
                        "it must be a regular file of at most 1 MiB, or a link to one; a link to " + NOTHING
                                + " means that there is none"));
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        } catch (CharacterCodingException _) {
            throw new InvalidConfiguration(path, "it is not text in UTF-8");
        }
    }
}
