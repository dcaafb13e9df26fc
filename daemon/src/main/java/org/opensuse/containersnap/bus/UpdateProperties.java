package org.opensuse.containersnap.bus;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.opensuse.containersnap.engine.CheckUpdate.Update;
import org.opensuse.containersnap.engine.Records.CheckRecord;
import org.opensuse.containersnap.wire.TypedValue;

/// What the manager tells of the last answer of a registry.
final class UpdateProperties {
    private UpdateProperties() {}

    static Map<String, TypedValue> of(Optional<Update> update) {
        Map<String, TypedValue> entries = new HashMap<>();
        if (update.isPresent()) {
            CheckRecord answer = update.get().answer();
            entries.put("reference", TypedValue.of(answer.reference().toString()));
            entries.put("digest", TypedValue.of(answer.digest()));
            entries.put("image", TypedValue.of(answer.image().toString()));
            entries.put("download_bytes", new TypedValue("t", answer.downloadBytes()));
            entries.put("available", TypedValue.of(update.get().available()));
            answer.version().ifPresent(version -> entries.put("version", TypedValue.of(version)));
            answer.created()
                    .flatMap(Nanoseconds::of)
                    .ifPresent(created -> entries.put("created", new TypedValue("x", created)));
        }
        return entries;
    }

    static boolean available(Optional<Update> update) {
        return update.filter(Update::available).isPresent();
    }

    /// In microseconds; 0 for never.
    static long asked(Optional<Update> update) {
        return update.map(Update::answer)
                .map(answer -> ChronoUnit.MICROS.between(Instant.EPOCH, answer.asked()))
                .orElse(0L);
    }
}
