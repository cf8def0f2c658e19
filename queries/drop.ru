#+ summary: "Removes one named graph, whether it is there or not."
DROP SILENT GRAPH $graph
