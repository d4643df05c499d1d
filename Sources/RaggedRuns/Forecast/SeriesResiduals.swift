import RaggedCore

/// How far a model's forecasts within a series' own past were from what came: what its futures are drawn with.
///
/// A row is what one timestep said too little, of all columns and steps together, so that what goes together stays together. Those of
/// the later half of the past are kept: before it the model knows little of the series.
struct SeriesResiduals {
  /// `[rows][width]`.
  private var rows: [[Double]] = []

  /// Rows that are kept at most, the last ones.
  private static let limit = 512

  /// - Parameters:
  ///   - history: what was observed of each column, `[C][T]`, NaN where a cell was missing.
  ///   - outputs: the model's at each of these timesteps, `[T, K]`.
  ///   - places: the output of each column at each step, `[C][steps]`.
  init(_ history: [[Double]], _ outputs: ArraySlice<Float>, width: Int, places: [[Int]]) {
    guard let steps = places.first?.count, let length = history.first?.count, length > steps else { return }
    let usable = length - steps
    for t in max(usable / 2, usable - Self.limit)..<usable {
      var row: [Double] = []
      for (values, outputsOfColumn) in zip(history, places) {
        for (step, place) in outputsOfColumn.enumerated() {
          row.append(values[t + step + 1] - Double(outputs[outputs.startIndex + t * width + place]))
        }
      }
      if row.allSatisfy(\.isFinite) { rows.append(row) }
    }
  }

  /// Whether there are enough to draw from.
  var isUsable: Bool { rows.count >= 2 }

  /// One of them.
  func draw(_ random: inout SeededRandom) -> [Double] { rows[random.below(rows.count)] }
}

/// Quantiles of numbers, with a straight line between neighbours (Hyndman and Fan's type 7, as NumPy's).
enum Quantiles {
  static func of(_ values: [Double], _ wanted: [Double]) -> [Double] {
    let sorted = values.sorted()
    return wanted.map { share in
      let place = share * Double(sorted.count - 1)
      let lower = Int(place.rounded(.down))
      let upper = min(lower + 1, sorted.count - 1)
      return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
    }
  }
}
