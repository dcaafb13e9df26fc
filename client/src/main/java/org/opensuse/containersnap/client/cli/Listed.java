package org.opensuse.containersnap.client.cli;

import java.util.ArrayList;
import java.util.List;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Value;

/// The answer of a method that lists objects: a(oa{sv}).
final class Listed {
    private Listed() {}

    /// The properties of each object.
    static List<Properties> objects(Value answer) throws BusFailure {
        List<Properties> objects = new ArrayList<>();
        for (Value object : answer.items()) {
            objects.add(object.items().getLast().properties());
        }
        return objects;
    }
}
