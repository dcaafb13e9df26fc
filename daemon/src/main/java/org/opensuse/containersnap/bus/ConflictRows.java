package org.opensuse.containersnap.bus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensuse.containersnap.snapshot.MergeConflict;
import org.opensuse.containersnap.snapshot.Quoted;

/// The conflicts of a deployment as the contract has them, in the result of a job: that is kept in a record of at most
/// 1 MiB, and told with the results of other jobs.
final class ConflictRows {
    static final int MOST = 1000;
    private static final int MOST_CHARACTERS = 200_000;
    private static final int LONGEST_DETAIL = 200;

    private ConflictRows() {}

    /// A row for each; when there are too many, the last one tells how many more.
    static List<Map<String, String>> of(List<MergeConflict> conflicts) {
        List<Map<String, String>> rows = new ArrayList<>();
        int characters = 0;
        for (MergeConflict conflict : conflicts) {
            characters += conflict.path().length();
            if (rows.size() == MOST || characters > MOST_CHARACTERS) {
                rows.add(row("/", "more", Integer.toString(conflicts.size() - rows.size())));
                break;
            }
            Map<String, String> row = row(conflict.path(), conflict.reason(), conflict.detail());
            conflict.beside().ifPresent(beside -> row.put("beside", beside));
            rows.add(row);
        }
        return rows;
    }

    private static Map<String, String> row(String path, String reason, String detail) {
        Map<String, String> row = new LinkedHashMap<>();
        row.put("path", path);
        row.put("reason", reason);
        if (!detail.isEmpty()) {
            row.put("detail", Quoted.plain(detail, LONGEST_DETAIL));
        }
        return row;
    }
}
