package org.opensuse.containersnap.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.opensuse.containersnap.engine.Chooser;
import org.opensuse.containersnap.engine.Records;
import org.opensuse.containersnap.engine.Subvolumes.Identity;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.ImageId;
import org.opensuse.containersnap.snapshot.ImageReference;
import org.opensuse.containersnap.snapshot.SnapshotId;

/// [Records] as JSON files below a directory: `snapshots/<snapshot ID>.json`, `images/<image ID>.json`,
/// `snapshots-of-original/<snapshot ID>.json`, `intents/<name>.json`, `rollback/target.json`,
/// `left/<image ID>.json` and `check/answer.json`, and a [TrialDirectory]
/// `trials/`. The disk is the truth, they only add to it.
public final class JsonRecords implements Records {
    private static final String TARGET = "target";
    private static final String ANSWER = "answer";

    /// In microseconds, which are told, it does not fit much later.
    private static final Instant TOO_LATE = Instant.parse("+10000-01-01T00:00:00Z");

    private final RecordDirectory images;
    private final RecordDirectory snapshots;
    private final RecordDirectory ofOriginal;
    private final RecordDirectory intents;
    private final RecordDirectory rollback;
    private final RecordDirectory left;
    private final RecordDirectory check;
    private final TrialDirectory trials;

    /// The records below a directory.
    public JsonRecords(Path directory, WriteBack writeBack) {
        images = new RecordDirectory(directory.resolve("images"), writeBack);
        snapshots = new RecordDirectory(directory.resolve("snapshots"), writeBack);
        ofOriginal = new RecordDirectory(directory.resolve("snapshots-of-original"), writeBack);
        intents = new RecordDirectory(directory.resolve("intents"), writeBack);
        rollback = new RecordDirectory(directory.resolve("rollback"), writeBack);
        left = new RecordDirectory(directory.resolve("left"), writeBack);
        check = new RecordDirectory(directory.resolve("check"), writeBack);
        trials = new TrialDirectory(directory.resolve("trials"), writeBack);
    }

    @Override
    public void clear() throws Failure {
        for (RecordDirectory directory : List.of(images, snapshots, ofOriginal, intents, rollback, left, check)) {
            directory.clear();
        }
        trials.clear();
    }

    @Override
    public Set<ImageId> images() throws Failure {
        return imageIds(images);
    }

    private static Set<ImageId> imageIds(RecordDirectory directory) throws Failure {
        return directory.names().stream()
                .filter(ImageId::isValid)
                .map(ImageId::new)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Override
    public Optional<ImageRecord> image(ImageId id) throws Failure {
        return images.read(id.toString(), fields -> image(id, fields));
    }

    private static ImageRecord image(ImageId id, Fields fields) throws DamagedRecord {
        return new ImageRecord(
                id,
                fields.text("origin"),
                fields.text("version"),
                fields.flag("root_taken"),
                fields.number("last_work"),
                fields.has("deleting") && fields.flag("deleting"));
    }

    @Override
    public void write(ImageRecord image) throws Failure {
        images.write(image.id().toString(), json(image));
    }

    private static ObjectNode json(ImageRecord image) {
        ObjectNode node = RecordDirectory.object();
        image.origin().ifPresent(origin -> node.put("origin", origin));
        image.version().ifPresent(version -> node.put("version", version));
        node.put("root_taken", image.rootTaken());
        node.put("last_work", image.lastWork());
        if (image.deleting()) {
            node.put("deleting", true);
        }
        return node;
    }

    @Override
    public void remove(ImageId id) throws Failure {
        images.remove(id.toString());
    }

    @Override
    public List<Intent> intents() throws Failure {
        List<Intent> all = new ArrayList<>();
        for (String name : intents.names()) {
            intents.read(name, fields -> intent(name, fields)).ifPresent(all::add);
        }
        return all;
    }

    private static Intent intent(String name, Fields fields) throws DamagedRecord {
        List<Coming> images = new ArrayList<>();
        for (JsonNode node : fields.node().path("images")) {
            Fields image = new Fields(node);
            ImageId id = image.parsed("id", "an image ID", JsonRecords::imageId)
                    .orElseThrow(() -> new DamagedRecord("an image has no \"id\""));
            Optional<ImageRecord> before =
                    image.has("before") ? Optional.of(image(id, image.object("before"))) : Optional.empty();
            images.add(new Coming(id, image.flag("fresh"), before));
        }
        return new Intent(name, fields.requiredText("origin"), images, fields.flag("undo"));
    }

    private static Optional<ImageId> imageId(String text) {
        return ImageId.isValid(text) ? Optional.of(new ImageId(text)) : Optional.empty();
    }

    @Override
    public void write(Intent intent) throws Failure {
        ObjectNode node =
                RecordDirectory.object().put("origin", intent.origin()).put("undo", intent.undo());
        ArrayNode images = node.putArray("images");
        for (Coming coming : intent.images()) {
            ObjectNode image =
                    images.addObject().put("id", coming.image().hex()).put("fresh", coming.fresh());
            coming.before().ifPresent(before -> image.set("before", json(before)));
        }
        intents.write(intent.id(), node);
    }

    @Override
    public void remove(Intent intent) throws Failure {
        intents.remove(intent.id());
    }

    @Override
    public Set<SnapshotId> snapshots() throws Failure {
        return ids(snapshots);
    }

    @Override
    public Optional<SnapshotRecord> snapshot(SnapshotId id) throws Failure {
        return snapshots.read(
                id.toString(),
                fields -> new SnapshotRecord(
                        id,
                        fields.parsed("base", "a snapshot ID", SnapshotId::find),
                        fields.text("origin"),
                        fields.has("pinned") && fields.flag("pinned"),
                        fields.has("deploying") && fields.flag("deploying")));
    }

    @Override
    public void write(SnapshotRecord snapshot) throws Failure {
        ObjectNode node = RecordDirectory.object();
        snapshot.base().ifPresent(base -> node.put("base", base.toString()));
        snapshot.origin().ifPresent(origin -> node.put("origin", origin));
        if (snapshot.pinned()) {
            node.put("pinned", true);
        }
        if (snapshot.deploying()) {
            node.put("deploying", true);
        }
        snapshots.write(snapshot.id().toString(), node);
    }

    @Override
    public void remove(SnapshotId id) throws Failure {
        snapshots.remove(id.toString());
        ofOriginal.remove(id.toString());
    }

    @Override
    public Map<SnapshotId, Path> snapshotsOfOriginal() throws Failure {
        Map<SnapshotId, Path> found = new LinkedHashMap<>();
        for (SnapshotId id : ids(ofOriginal)) {
            ofOriginal.read(id.toString(), JsonRecords::path).ifPresent(root -> found.put(id, root));
        }
        return found;
    }

    @Override
    public void writeSnapshotOfOriginal(SnapshotId id, Path root) throws Failure {
        ofOriginal.write(id.toString(), RecordDirectory.object().put("root", root.toString()));
    }

    @Override
    public Optional<RollbackRecord> rollback() throws Failure {
        return rollback.read(TARGET, JsonRecords::rollback);
    }

    private static RollbackRecord rollback(Fields fields) throws DamagedRecord {
        Identity target = identity(fields).orElseThrow(() -> new DamagedRecord("\"id\" is missing"));
        Optional<Decision> decision =
                fields.has("decision") ? Optional.of(decision(fields.object("decision"))) : Optional.empty();
        if (!fields.has("chosen")) {
            return new RollbackRecord(target, decision, Optional.empty());
        }
        Optional<RollbackRecord> before =
                fields.has("before") ? Optional.of(rollback(fields.object("before"))) : Optional.empty();
        return new RollbackRecord(
                target,
                decision,
                Optional.of(new Unsettled(
                        fields.number("chosen"),
                        before,
                        fields.parsed("leave", "an image ID", JsonRecords::imageId),
                        fields.parsed("take", "an image ID", JsonRecords::imageId))));
    }

    private static Decision decision(Fields fields) throws DamagedRecord {
        return new Decision(
                fields.parsed("by", "what chooses", JsonRecords::chooser)
                        .orElseThrow(() -> new DamagedRecord("\"by\" is missing")),
                fields.number("subvolume"),
                toldInstant(fields, "when"));
    }

    private static Optional<Chooser> chooser(String text) {
        return Arrays.stream(Chooser.values())
                .filter(chooser -> chooser.toString().equals(text))
                .findFirst();
    }

    private static Optional<Identity> identity(Fields fields) throws DamagedRecord {
        if (!fields.has("id")) {
            return Optional.empty();
        }
        UUID uuid = fields.parsed("uuid", "a UUID", JsonRecords::uuid)
                .orElseThrow(() -> new DamagedRecord("\"uuid\" is missing"));
        return Optional.of(new Identity(fields.number("id"), fields.requiredText("path"), uuid));
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    @Override
    public void write(RollbackRecord record) throws Failure {
        rollback.write(TARGET, json(record));
    }

    private static ObjectNode json(RollbackRecord record) {
        ObjectNode node = json(record.target());
        record.decision()
                .ifPresent(decision -> node.putObject("decision")
                        .put("by", decision.chooser().toString())
                        .put("subvolume", decision.subvolume())
                        .put("when", decision.when().toString()));
        record.unsettled().ifPresent(unsettled -> {
            node.put("chosen", unsettled.chosen());
            unsettled.before().ifPresent(before -> node.set("before", json(before)));
            unsettled.leave().ifPresent(image -> node.put("leave", image.hex()));
            unsettled.take().ifPresent(image -> node.put("take", image.hex()));
        });
        return node;
    }

    private static ObjectNode json(Identity subvolume) {
        return RecordDirectory.object()
                .put("id", subvolume.id())
                .put("path", subvolume.path())
                .put("uuid", subvolume.uuid().toString());
    }

    @Override
    public void removeRollback() throws Failure {
        rollback.remove(TARGET);
    }

    @Override
    public List<TrialRecord> trials() throws Failure {
        return trials.read();
    }

    @Override
    public void write(TrialRecord record) throws Failure {
        trials.write(record);
    }

    @Override
    public void removeTrial(SnapshotId id) throws Failure {
        trials.remove(id);
    }

    @Override
    public Set<ImageId> left() throws Failure {
        return imageIds(left);
    }

    @Override
    public void writeLeft(ImageId id) throws Failure {
        left.write(id.hex(), RecordDirectory.object());
    }

    @Override
    public void removeLeft(ImageId id) throws Failure {
        left.remove(id.hex());
    }

    @Override
    public Optional<CheckRecord> check() throws Failure {
        return check.read(ANSWER, JsonRecords::check);
    }

    private static CheckRecord check(Fields fields) throws DamagedRecord {
        return new CheckRecord(
                fields.parsed("reference", "a reference", ImageReference::find)
                        .orElseThrow(() -> new DamagedRecord("\"reference\" is missing")),
                fields.requiredText("digest"),
                fields.parsed("image", "an image ID", JsonRecords::imageId)
                        .orElseThrow(() -> new DamagedRecord("\"image\" is missing")),
                fields.text("version"),
                fields.parsed("created", "a time", JsonRecords::instant),
                fields.number("download_bytes"),
                toldInstant(fields, "asked"));
    }

    private static Instant toldInstant(Fields fields, String name) throws DamagedRecord {
        return fields.parsed(name, "a time", JsonRecords::instant)
                .filter(when -> !when.isBefore(Instant.EPOCH) && when.isBefore(TOO_LATE))
                .orElseThrow(() -> new DamagedRecord("\"" + name + "\" is no time that can be told"));
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }

    @Override
    public void write(CheckRecord record) throws Failure {
        ObjectNode node = RecordDirectory.object()
                .put("reference", record.reference().toString())
                .put("digest", record.digest())
                .put("image", record.image().hex())
                .put("download_bytes", record.downloadBytes())
                .put("asked", record.asked().toString());
        record.version().ifPresent(version -> node.put("version", version));
        record.created().ifPresent(created -> node.put("created", created.toString()));
        check.write(ANSWER, node);
    }

    /// The directories in which records come and go.
    public List<Path> directories() {
        return List.of(images.path(), snapshots.path(), ofOriginal.path(), rollback.path(), check.path());
    }

    private static Path path(Fields fields) throws DamagedRecord {
        String root = fields.requiredText("root");
        if (!root.startsWith("/") || root.indexOf('\0') >= 0) {
            throw new DamagedRecord("\"root\" is not a path");
        }
        return Path.of(root);
    }

    private static Set<SnapshotId> ids(RecordDirectory directory) throws Failure {
        Set<SnapshotId> ids = new LinkedHashSet<>();
        for (String name : directory.names()) {
            SnapshotId.find(name).ifPresent(ids::add);
        }
        return ids;
    }
}
