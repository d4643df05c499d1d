import Ragged

/// What an epoch takes of each group, beside what there is.
struct SharePrinter {
  private let shares: [DrawnShare]
  private let what: String

  init(_ shares: [DrawnShare], isOfWindows: Bool) {
    (self.shares, what) = (shares, isOfWindows ? "windows" : "sequences")
  }

  var text: String {
    func share(_ part: Int, _ all: Int) -> String { all == 0 ? "–" : Format.percent(Double(part) / Double(all)) }
    let (drawn, steps) = (shares.reduce(0) { $0 + $1.drawn }, shares.reduce(0) { $0 + $1.drawnTimesteps })
    let (there, stepsThere) = (shares.reduce(0) { $0 + $1.sequences }, shares.reduce(0) { $0 + $1.timesteps })
    let table = Table(
      [
        .init("", .left), .init("\(what)\nthere"), .init("share", rank: 4), .init("share of\ntimesteps", rank: 3),
        .init("asked", rank: 1), .init("\(what)\ntaken"), .init("share"), .init("share of\ntimesteps", rank: 2),
      ],
      shares.filter { $0.sequences > 0 || $0.asked > 0 }.map {
        [
          $0.name, $0.sequences.grouped, share($0.sequences, there), share($0.timesteps, stepsThere),
          Format.percent($0.asked), $0.drawn.grouped, share($0.drawn, drawn), share($0.drawnTimesteps, steps),
        ]
      } + [["all", there.grouped, "", "", "", drawn.grouped, "", ""]])
    return "An epoch takes \(drawn.grouped) \(what), \(steps.grouped) timesteps:\n" + table.text
  }
}
