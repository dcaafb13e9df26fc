package org.opensuse.containersnap.client.cli;

import java.util.ArrayList;
import java.util.List;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Value;

/// Tells what a snapshot lacks to be booted.
record Verify(String root, boolean json) implements Command {
    static final String HELP = """
            Tells whether a snapshot, or an image as it was pulled, has what it takes to be
            booted here: a line for each requirement, with what was found and how to mend it.
            Nothing of it is run. Exit status 0 when all are met, 1 when not.

            Options:
              --json   as JSON; the manual page tells the keys

            Examples:
              container-snap verify ID
              container-snap verify registry.opensuse.org/opensuse/bootable:1
            """;

    private static final String MET = "met      ";
    private static final String NOT_MET = "not met  ";
    private static final int FOUND_COLUMN = 22;

    static Verify parse(Words words) throws UsageError {
        String root = words.onlyOperand("ID or NAME");
        return new Verify(SnapshotId.find(root).isPresent() ? root : Reference.parse(root), words.has(Option.JSON));
    }

    @Override
    public void run(Session session) throws BusFailure {
        List<Properties> requirements = new ArrayList<>();
        for (Value requirement : session.bus()
                .call(Method.VERIFY, Value.of(root), Value.noOptions())
                .items()) {
            requirements.add(requirement.properties());
        }
        int lacking = 0;
        for (Properties requirement : requirements) {
            lacking += requirement.on("met") ? 0 : 1;
        }
        if (json) {
            session.document(json(requirements, lacking == 0));
        } else {
            for (Properties requirement : requirements) {
                session.line(line(requirement));
            }
        }
        if (lacking > 0) {
            session.endWith(new CommandFailed(lacking + " of " + requirements.size() + " requirements are not met by "
                    + Printable.shortened(root)));
        }
    }

    private static String line(Properties requirement) {
        String name = requirement.text("name");
        String mend = requirement.text("mend");
        return (requirement.on("met") ? MET : NOT_MET)
                + name
                + " ".repeat(Math.max(1, FOUND_COLUMN - name.length()))
                + requirement.text("found")
                + (mend.isEmpty() ? "" : "; " + mend);
    }

    private static Json json(List<Properties> requirements, boolean met) {
        Json json = new Json().object().member("met", met).array("requirements");
        for (Properties requirement : requirements) {
            json.object()
                    .member("name", requirement.text("name"))
                    .member("met", requirement.on("met"))
                    .member("found", requirement.text("found"))
                    .member("mend", requirement.text("mend"))
                    .endObject();
        }
        return json.endArray().endObject();
    }
}
