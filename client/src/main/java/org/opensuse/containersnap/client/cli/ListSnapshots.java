package org.opensuse.containersnap.client.cli;

import java.util.List;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// Lists the snapshots.
record ListSnapshots(boolean json) implements Command {
    static final String HELP = """
            Lists the snapshots in the order they were made, one a line after a heading:
            ID,true when it is read-only, ID,false when it is writable.

            Options:
              --json   as JSON, with more about each; the manual page tells the keys

            Example:
              container-snap list-snapshots
            """;

    private static final String HEADING = "# snapshot-id,ro";

    static ListSnapshots parse(Words words) throws UsageError {
        words.noOperands();
        return new ListSnapshots(words.has(Option.JSON));
    }

    @Override
    public void run(Session session) throws BusFailure {
        List<Properties> snapshots = Listed.objects(session.bus().call(Method.LIST_SNAPSHOTS, Value.noOptions()));
        if (json) {
            session.document(json(snapshots));
            return;
        }
        session.line(HEADING);
        for (Properties snapshot : snapshots) {
            session.line(snapshot.text(Property.SNAPSHOT_ID) + "," + snapshot.on(Property.SNAPSHOT_READ_ONLY));
        }
    }

    private static Json json(List<Properties> snapshots) {
        Json json = new Json().array();
        for (Properties snapshot : snapshots) {
            describe(json.object(), snapshot).endObject();
        }
        return json.endArray();
    }

    /// What there is to say of a snapshot.
    static Json describe(Json json, Properties snapshot) {
        return json.member("id", snapshot.text(Property.SNAPSHOT_ID))
                .member("number", snapshot.number(Property.SNAPSHOT_NUMBER))
                .member("image", snapshot.text(Property.SNAPSHOT_IMAGE))
                .member("base", snapshot.text(Property.SNAPSHOT_BASE))
                .member("origin", snapshot.text(Property.SNAPSHOT_ORIGIN))
                .member("version", snapshot.text(Property.SNAPSHOT_VERSION))
                .member(
                        "created",
                        UtcTime.ofMicroseconds(snapshot.number(Property.SNAPSHOT_CREATION_TIME))
                                .isoText())
                .member("root", snapshot.text(Property.SNAPSHOT_ROOT))
                .member("read_only", snapshot.on(Property.SNAPSHOT_READ_ONLY))
                .member("pinned", snapshot.on(Property.SNAPSHOT_PINNED))
                .member("booted", snapshot.on(Property.SNAPSHOT_BOOTED))
                .member("default", snapshot.on(Property.SNAPSHOT_DEFAULT));
    }
}
