import Foundation
import RaggedCore
import RaggedFormats

/// The times of a series: where it stands, and by how much it goes on.
struct SeriesClock: Equatable {
  /// Its first and last time, in microseconds since 1970; nil where no time is known.
  private(set) var first: Int64?
  private(set) var last: Int64?
  /// The distance from timestep to timestep; nil where fewer than two times are known.
  private(set) var spacing: Spacing?
  /// Whether times lie at unequal distances that no calendar explains.
  private(set) var isUneven = false

  enum Spacing: Equatable {
    case microseconds(Int64)
    case months(Int)
  }

  private static let day: Int64 = 86_400_000_000

  /// - Parameter times: of the timesteps that count, in their order; `ColumnPlanes.missingTime` for one that is missing.
  init(_ times: some Sequence<Int64>) {
    let known = times.filter { $0 != ColumnPlanes.missingTime }
    (first, last) = (known.first, known.last)
    let distances = zip(known, known.dropFirst()).map { $1 &- $0 }.sorted()
    guard let least = distances.first, let most = distances.last else { return }
    let median = distances[distances.count / 2]
    spacing = .microseconds(median)
    guard least != most else { return }
    // Months, quarters and years are of unequal length.
    for (months, days) in [(1, 28...31), (3, 89...92), (12, 365...366)] as [(Int, ClosedRange<Int64>)]
    where distances.allSatisfy({ $0 % Self.day == 0 && days.contains($0 / Self.day) }) {
      spacing = .months(months)
      return
    }
    isUneven = true
  }

  /// The time a number of steps behind the last one; nil where no distance is known, or it is beyond all times.
  func time(_ step: Int) -> Int64? {
    guard let last, let spacing else { return nil }
    switch spacing {
    case .microseconds(let distance):
      let (offset, overflows) = distance.multipliedReportingOverflow(by: Int64(step))
      let (time, ends) = last.addingReportingOverflow(offset)
      return overflows || ends || time == ColumnPlanes.missingTime ? nil : time
    case .months(let months):
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = .gmt
      let (days, rest) = (last.floored(by: Self.day), last &- last.floored(by: Self.day) * Self.day)
      let date = Date(timeIntervalSince1970: Double(days) * 86_400)
      guard let moved = calendar.date(byAdding: .month, value: months * step, to: date) else { return nil }
      return Int64((moved.timeIntervalSince1970 / 86_400).rounded()) * Self.day + rest
    }
  }
}

extension Int64 {
  /// The quotient, rounded down.
  fileprivate func floored(by divisor: Int64) -> Int64 {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? quotient - 1 : quotient
  }
}

/// The clocks of every series of a source, by time column.
struct SeriesClocks {
  /// The columns of times per timestep; the first one is that of the steps.
  private(set) var names: [String] = []
  /// `[names][series]`.
  private var clocks: [[SeriesClock]] = []

  /// Reads every series once where there is a time; of each, memory is that of its clock.
  /// - Parameter dropping: timesteps at the end of each series that do not count.
  init(_ source: some ExportedSequences, dropping: Int) throws {
    let columns = source.furtherColumns.enumerated().filter { $1.kind == .time && $1.extent == .timestep }
    guard !columns.isEmpty else { return }
    names = columns.map(\.element.name)
    clocks = Array(repeating: [], count: names.count)
    try source.forEachRecord { record in
      for (number, (place, _)) in columns.enumerated() {
        guard record.cells.indices.contains(place), case .times(let times) = record.cells[place] else {
          clocks[number].append(SeriesClock([]))
          continue
        }
        let valid = record.validity.map { validity in zip(times, validity).filter(\.1).map(\.0) } ?? times
        clocks[number].append(SeriesClock(valid.dropLast(dropping)))
      }
    }
  }

  /// The clock of a series by a column's name; nil where there is no such column.
  func clock(_ position: Int, of name: String? = nil) -> SeriesClock? {
    let place = name.map { name in names.firstIndex { $0.isExactly(name) } ?? -1 } ?? 0
    guard clocks.indices.contains(place), clocks[place].indices.contains(position) else { return nil }
    return clocks[place][position]
  }
}
