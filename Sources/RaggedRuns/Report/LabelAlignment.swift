import RaggedReport

/// The labels that were read out of a sequence beside those that it has, put side by side so that as few places as can be
/// differ (Levenshtein 1966).
struct LabelAlignment: Equatable {
  /// A label that is there, one that was read, or both.
  struct Place: Equatable {
    var truth: Int32?
    var said: Int32?

    var isRight: Bool { truth == said }
  }

  private(set) var places: [Place] = []

  /// Places that differ: the fewest labels to insert, delete or replace.
  var edits: Int { places.count { !$0.isRight } }

  /// Labels of each list that are looked at: those behind them are far more than a page shows.
  static let limit = 1000

  /// O(product of the lengths).
  init(truth: [Int32], said: [Int32]) {
    let (truth, said) = (Array(truth.prefix(Self.limit)), Array(said.prefix(Self.limit)))
    let width = said.count + 1
    var distances = [Int](repeating: 0, count: (truth.count + 1) * width)  // [truth + 1, said + 1]
    for i in 0...truth.count {
      for j in 0...said.count {
        guard i > 0, j > 0 else {
          distances[i * width + j] = i + j
          continue
        }
        distances[i * width + j] = min(
          distances[(i - 1) * width + j - 1] + (truth[i - 1] == said[j - 1] ? 0 : 1),
          distances[(i - 1) * width + j] + 1, distances[i * width + j - 1] + 1)
      }
    }
    var (i, j) = (truth.count, said.count)
    while i > 0 || j > 0 {
      let least = distances[i * width + j]
      if i > 0, j > 0, least == distances[(i - 1) * width + j - 1] + (truth[i - 1] == said[j - 1] ? 0 : 1) {
        (i, j) = (i - 1, j - 1)
        places.append(Place(truth: truth[i], said: said[j]))
      } else if i > 0, least == distances[(i - 1) * width + j] + 1 {
        i -= 1
        places.append(Place(truth: truth[i], said: nil))
      } else {
        j -= 1
        places.append(Place(truth: nil, said: said[j]))
      }
    }
    places.reverse()
  }

  /// What stands where one of the lists has nothing.
  static let nothing = "∅"

  /// The true labels, and under those that were read otherwise what was read.
  /// - Parameter name: what a label is called.
  func markup(_ name: (Int32) -> String) -> Markup {
    let shown = places.prefix(TokenText.limit).map { place -> TokenText.Token in
      TokenText.Token(
        place.truth.map(name) ?? Self.nothing, share: nil, note: "",
        tag: place.isRight ? nil : TokenText.Tag("", mistake: place.said.map(name) ?? Self.nothing))
    }
    return TokenText(shown, separator: " ", more: places.count - shown.count).markup
  }
}
