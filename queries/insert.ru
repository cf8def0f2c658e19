#+ summary: "Adds triples (N-Triples) to one named graph, for engines that take updates and no Graph Store Protocol."
INSERT DATA { GRAPH $graph {
$triples} }
