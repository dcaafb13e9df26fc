package org.opensuse.containersnap.client.cli;

import java.util.List;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Property;
import org.opensuse.containersnap.client.wire.Value;

/// Lists the images.
record ListImages(boolean json) implements Command {
    static final String HELP = """
            Lists the images in the order they came, one a line: ID,CREATED,NAME. CREATED is
            when the image was built, in UTC; NAME is its first name, or unknown-name.

            Options:
              --json   as JSON, with more about each; the manual page tells the keys

            Example:
              container-snap list-images
            """;

    /// What the service gives as the time that is not known.
    private static final long NO_TIME = Long.MIN_VALUE;

    private static final String NO_TIME_TEXT = "0001-01-01 00:00:00 +0000 UTC";
    private static final String NO_NAME = "unknown-name";

    static ListImages parse(Words words) throws UsageError {
        words.noOperands();
        return new ListImages(words.has(Option.JSON));
    }

    @Override
    public void run(Session session) throws BusFailure {
        List<Properties> images = Listed.objects(session.bus().call(Method.LIST_IMAGES, Value.noOptions()));
        if (json) {
            session.document(json(images));
            return;
        }
        for (Properties image : images) {
            session.line(line(image));
        }
    }

    private static String line(Properties image) {
        long created = image.number(Property.IMAGE_CREATION_TIME);
        List<String> names = image.texts(Property.IMAGE_NAMES);
        return image.text(Property.IMAGE_ID)
                + ","
                + (created == NO_TIME
                        ? NO_TIME_TEXT
                        : UtcTime.ofNanoseconds(created).goText())
                + ","
                + (names.isEmpty() ? NO_NAME : names.getFirst());
    }

    private static Json json(List<Properties> images) {
        Json json = new Json().array();
        for (Properties image : images) {
            long created = image.number(Property.IMAGE_CREATION_TIME);
            json.object()
                    .member("id", image.text(Property.IMAGE_ID))
                    .member("names", image.texts(Property.IMAGE_NAMES))
                    .member(
                            "created",
                            created == NO_TIME
                                    ? ""
                                    : UtcTime.ofNanoseconds(created).isoText())
                    .member("size", image.number(Property.IMAGE_SIZE))
                    .member("digest", image.text(Property.IMAGE_DIGEST))
                    .member("origin", image.text(Property.IMAGE_ORIGIN))
                    .member("snapshots", image.texts(Property.IMAGE_SNAPSHOTS))
                    .endObject();
        }
        return json.endArray();
    }
}
