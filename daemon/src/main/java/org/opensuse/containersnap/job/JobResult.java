package org.opensuse.containersnap.job;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a job made, under the keys of the contract.
///
/// @param lists of names
/// @param tables of rows, each with a text under each of its keys
public record JobResult(Map<String, List<String>> lists, Map<String, List<Map<String, String>>> tables) {
    /// Nothing.
    public static final JobResult NONE = of(Map.of());

    public JobResult {
        lists = Map.copyOf(lists);
        tables = Map.copyOf(tables);
    }

    public static JobResult of(Map<String, List<String>> lists) {
        return new JobResult(lists, Map.of());
    }

    /// The same with another table.
    public JobResult with(String key, List<Map<String, String>> rows) {
        Map<String, List<Map<String, String>>> more = new HashMap<>(tables);
        more.put(key, rows);
        return new JobResult(lists, more);
    }

    /// A list; empty when there is none under the key.
    public List<String> list(String key) {
        return lists.getOrDefault(key, List.of());
    }
}
