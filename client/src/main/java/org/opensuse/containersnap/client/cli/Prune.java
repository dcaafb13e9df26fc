package org.opensuse.containersnap.client.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Method;
import org.opensuse.containersnap.client.wire.Properties;
import org.opensuse.containersnap.client.wire.Value;

/// Deletes old snapshots and images, or shows which ones.
record Prune(Map<String, Long> retention, boolean dryRun, boolean json) implements Command {
    static final String HELP = """
            Deletes the snapshots that create-snapshot and deploy made, the oldest first, but for
            the last ones and the young ones; then images of which no such snapshot is left. What is
            booted, comes next, is pinned, what a rollback goes to, and what is in use stays.
            Prints the IDs of what is gone; an image's ID stands for the image and its own
            snapshot. Ctrl-C ends it after the deletion that it is at.

            Options:
              --keep-last N   keep the last N snapshots; 3 where nothing else is configured
              --keep-days N   keep what was made in the last N days; 7 where nothing else is
              --free SIZE     delete no more than it takes to have SIZE free; in bytes, or with
                              K, M, G or T in units of 1024
              --dry-run       delete nothing, but print what would go and what each one frees:
                              file data that nothing else in the store shares
              --json          with --dry-run: as JSON, in bytes

            Examples:
              container-snap prune --dry-run
              container-snap prune --keep-last 1 --keep-days 0 --free 20G
            """;

    private static final int MOST_DIGITS = 18;

    static Prune parse(Words words) throws UsageError {
        words.noOperands();
        if (words.has(Option.JSON) && !words.has(Option.DRY_RUN)) {
            throw new UsageError("--json goes with --dry-run");
        }
        Map<String, Long> retention = new HashMap<>();
        if (words.has(Option.KEEP_LAST)) {
            retention.put("keep_last", number(words, Option.KEEP_LAST));
        }
        if (words.has(Option.KEEP_DAYS)) {
            retention.put("keep_days", number(words, Option.KEEP_DAYS));
        }
        if (words.has(Option.FREE)) {
            retention.put("free_bytes", size(words.value(Option.FREE).orElse("")));
        }
        return new Prune(retention, words.has(Option.DRY_RUN), words.has(Option.JSON));
    }

    private static long number(Words words, Option option) throws UsageError {
        String text = words.value(option).orElse("");
        if (!digits(text)) {
            throw new UsageError(option.longName() + " takes a whole number, not " + Printable.quoted(text));
        }
        return Long.parseLong(text);
    }

    private static long size(String text) throws UsageError {
        int last = text.length() - 1;
        int unit = "KMGT".indexOf(text.charAt(last)) + 1;
        String number = unit == 0 ? text : text.substring(0, last);
        if (!digits(number)) {
            throw new UsageError(
                    Printable.quoted(text) + " is no size: expected a number of bytes, or one with K, M, G or T");
        }
        long bytes = Long.parseLong(number);
        for (int i = 0; i < unit; i++) {
            if (bytes > Long.MAX_VALUE / 1024) {
                throw new UsageError(Printable.quoted(text) + " is larger than any disk");
            }
            bytes *= 1024;
        }
        return bytes;
    }

    private static boolean digits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= MOST_DIGITS;
    }

    @Override
    public void run(Session session) throws BusFailure, CommandFailed {
        Map<String, Value> options = new HashMap<>();
        for (Map.Entry<String, Long> each : retention.entrySet()) {
            options.put(each.getKey(), new Value.Whole(each.getValue()));
        }
        if (dryRun) {
            show(
                    session,
                    session.bus()
                            .call(Method.GET_PRUNE_PLAN, Value.options(options))
                            .items());
            return;
        }
        Properties result = JobCommand.resultOf(session, "prune", "prune", Method.PRUNE, Value.options(options));
        for (String id : result.texts("snapshots")) {
            session.line(id);
        }
        for (String id : result.texts("kept")) {
            session.note("not deleted, since it came into use meanwhile: " + id);
        }
    }

    private void show(Session session, List<Value> plan) throws BusFailure {
        if (json) {
            Json document = new Json().array();
            for (Value each : plan) {
                document.object()
                        .member("snapshot", each.items().get(0).text())
                        .member("bytes", each.items().get(1).whole())
                        .endObject();
            }
            session.document(document.endArray());
            return;
        }
        for (Value each : plan) {
            session.line(each.items().get(0).text() + "  "
                    + Size.text(each.items().get(1).whole()));
        }
    }
}
