import Foundation

extension CTC {
  /// The labels that the likeliest output at each timestep spells, from 0 on: repeats are one, blanks are left out.
  /// - Parameters:
  ///   - outputs: probabilities, logits or anything that rises with them, `[T, width]`; output 0 is the blank.
  ///   - width: outputs per timestep.
  public static func greedyLabels(_ outputs: some RandomAccessCollection<Float>, width: Int) -> [Int32] {
    let outputs = Array(outputs)
    return outputs.withUnsafeBufferPointer { outputs in
      guard width > 0, let base = outputs.baseAddress else { return [] }
      return greedyLabels(steps: outputs.count / width, width: width) { base + $0 * width }
    }
  }

  static func greedyLabels(steps: Int, width: Int, _ row: (Int) -> UnsafePointer<Float>) -> [Int32] {
    var (labels, before) = ([Int32](), blank)
    for t in 0..<steps {
      let outputs = row(t)
      var best = 0
      for k in 1..<max(1, width) where outputs[k] > outputs[best] { best = k }
      if best != blank, best != before { labels.append(Int32(best - 1)) }
      before = best
    }
    return labels
  }

  /// A list of labels, and the logarithm of its likelihood.
  public struct Transcription: Sendable, Equatable {
    /// Labels, from 0 on.
    public var labels: [Int32]
    /// log of the sum over the paths that were looked at.
    public var logLikelihood: Double

    /// A list with its likelihood.
    public init(labels: [Int32], logLikelihood: Double) { (self.labels, self.logLikelihood) = (labels, logLikelihood) }
  }

  /// The likeliest lists of labels, by prefix beam search (Graves and Jaitly 2014): paths that spell the same are added up, and the
  /// `beam` likeliest prefixes are kept at each timestep. O(T · beam · width).
  ///
  /// The likeliest path may spell what no other path does, while many paths share another spelling: here the latter wins. A
  /// beam that keeps every prefix finds the likeliest list.
  /// - Parameters:
  ///   - probabilities: those of the outputs, `[T, width]`; output 0 is the blank.
  ///   - width: outputs per timestep.
  ///   - beam: prefixes that are kept; less than 1 counts as 1.
  /// - Returns: at most `beam` lists, the likeliest first; of equals the one whose labels come first.
  public static func beamSearch(
    _ probabilities: some RandomAccessCollection<Float>, width: Int, beam: Int
  ) -> [Transcription] {
    let probabilities = Array(probabilities)
    guard width > 0 else { return [Transcription(labels: [], logLikelihood: 0)] }
    var search = PrefixSearch()
    for t in 0..<probabilities.count / width {
      search.take(probabilities[t * width..<(t + 1) * width].map { log(max(0, Double($0))) }, keeping: max(1, beam))
    }
    return search.best
  }

  /// The fewest labels to insert, delete or replace to make one list of another (Levenshtein 1966). O(product of the lengths).
  public static func edits(from labels: some Collection<Int32>, to truth: some Collection<Int32>) -> Int {
    let truth = Array(truth)
    var distances = Array(0...truth.count)
    for (i, label) in labels.enumerated() {
      var diagonal = distances[0]
      distances[0] = i + 1
      for (j, other) in truth.enumerated() {
        let least = min(diagonal + (label == other ? 0 : 1), distances[j] + 1, distances[j + 1] + 1)
        diagonal = distances[j + 1]
        distances[j + 1] = least
      }
    }
    return distances[truth.count]
  }
}

/// Prefixes of transcriptions, as a tree, and how likely the paths so far spell each.
private struct PrefixSearch {
  /// A prefix: one more label behind its parent.
  private struct Node {
    var parent: Int
    var label: Int32
    var children: [Int32: Int] = [:]
  }

  /// The paths that spell a prefix, by what they end in.
  private struct Paths {
    var blank = -Double.infinity
    var label = -Double.infinity

    var total: Double { Self.logSum(blank, label) }

    static func logSum(_ a: Double, _ b: Double) -> Double {
      let (most, least) = (max(a, b), min(a, b))
      return most > -.infinity ? most + log1p(exp(least - most)) : most
    }
  }

  private var nodes = [Node(parent: -1, label: -1)]
  private var paths: [(node: Int, paths: Paths)] = [(0, Paths(blank: 0))]

  mutating func take(_ logs: [Double], keeping beam: Int) {
    var next: [Int: Paths] = [:]
    for (node, paths) in paths {
      let last = nodes[node].label
      var stay = next[node] ?? Paths()
      stay.blank = Paths.logSum(stay.blank, paths.total + logs[CTC.blank])
      if last >= 0 { stay.label = Paths.logSum(stay.label, paths.label + logs[Int(last) + 1]) }
      next[node] = stay
      for output in logs.indices.dropFirst() where logs[output] > -.infinity {
        let label = Int32(output - 1)
        // The same label again is a new one only behind a blank.
        let reached = (label == last ? paths.blank : paths.total) + logs[output]
        guard reached > -.infinity else { continue }
        let child = child(of: node, label)
        var grown = next[child] ?? Paths()
        grown.label = Paths.logSum(grown.label, reached)
        next[child] = grown
      }
    }
    let order = next.map { (node: $0.key, paths: $0.value, total: $0.value.total) }.sorted {
      $0.total != $1.total ? $0.total > $1.total : labels(of: $0.node).lexicographicallyPrecedes(labels(of: $1.node))
    }
    paths = order.prefix(beam).map { ($0.node, $0.paths) }
  }

  var best: [CTC.Transcription] {
    paths.map { CTC.Transcription(labels: labels(of: $0.node), logLikelihood: $0.paths.total) }
  }

  private mutating func child(of node: Int, _ label: Int32) -> Int {
    if let known = nodes[node].children[label] { return known }
    nodes.append(Node(parent: node, label: label))
    nodes[node].children[label] = nodes.count - 1
    return nodes.count - 1
  }

  private func labels(of node: Int) -> [Int32] {
    var (labels, node) = ([Int32](), node)
    while nodes[node].parent >= 0 {
      labels.append(nodes[node].label)
      node = nodes[node].parent
    }
    return labels.reversed()
  }
}
