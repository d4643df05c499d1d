import Foundation
import RaggedCore
import RaggedReport
import Testing

@Suite struct ScaleTests {
  /// What holds for every scale of these numbers.
  private func check(_ scale: Scale, _ values: [Double], ticks: Int, sourceLocation: SourceLocation = #_sourceLocation)
  {
    #expect(scale.range.lowerBound < scale.range.upperBound, sourceLocation: sourceLocation)
    #expect(scale.range.lowerBound.isFinite && scale.range.upperBound.isFinite, sourceLocation: sourceLocation)
    #expect(zip(scale.ticks, scale.ticks.dropFirst()).allSatisfy { $0 < $1 }, sourceLocation: sourceLocation)
    #expect(scale.ticks.count <= ticks + 4, "\(scale.ticks)", sourceLocation: sourceLocation)
    for value in values where abs(value) <= 1e300 {
      let share = scale.share(value)
      #expect(
        share.map { $0 > -1e-6 && $0 < 1 + 1e-6 } ?? false, "\(value): \(share ?? .nan)", sourceLocation: sourceLocation
      )
    }
    #expect(scale.share(.nan) == nil && scale.share(.infinity) == nil, sourceLocation: sourceLocation)
    let labels = scale.ticks.map(scale.label)
    #expect(
      Set(labels).count == labels.count || scale.ticks.count > 1 && scale.range.lowerBound != 0,
      sourceLocation: sourceLocation)
  }

  @Test(arguments: Nasty.numbers.indices) func everyNumberIsOnTheAxis(_ index: Int) {
    let values = Nasty.numbers[index]
    let finite = values.filter(\.isFinite)
    check(Scale(values), finite, ticks: 5)
    check(Scale(values, includesZero: true), finite + [0], ticks: 5)
    check(Scale(values, ticks: 8, isTight: true), finite, ticks: 8)
    check(Scale(values, isWhole: true), finite, ticks: 5)
  }

  @Test func randomNumbersAreOnTheAxisWithTicksThatAreOneTwoOrFive() {
    var random = SeededRandom(seed: 9)
    for _ in 0..<300 {
      let size = pow(10, random.uniformDouble() * 20 - 10)
      let values = (0..<5).map { _ in (random.uniformDouble() - 0.3) * size }
      let scale = Scale(values)
      check(scale, values, ticks: 5)
      #expect(scale.ticks.count >= 3)
      let labels = scale.ticks.map(scale.label)
      #expect(Set(labels).count == labels.count, "\(labels)")
      let step = scale.ticks[1] - scale.ticks[0]
      let digit = step / pow(10, log10(step).rounded(.down))
      #expect([1, 2, 5, 10].contains { abs(digit - $0) < 1e-6 }, "\(step)")
    }
  }

  @Test func examples() {
    #expect(Scale([0, 97]).ticks == [0, 20, 40, 60, 80, 100])
    #expect(Scale([3, 3.5], isWhole: true).ticks == [3, 4])
    #expect(Scale([1, 20], ticks: 8, isWhole: true, isTight: true).ticks == [5, 10, 15, 20])
    #expect(Scale([0.0, 1]).ticks.map(Scale([0.0, 1]).label) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
  }

  /// A share that never changes is not drawn on an axis from −1, or to 1.4.
  @Test(arguments: [0.0, 0.0769, 0.5, 0.8539, 1]) func aShareHasNoRoomBeyondItsBounds(_ value: Double) {
    let scale = Scale([value, value, value], bounds: 0...1)
    #expect(scale.range.lowerBound >= 0 && scale.range.upperBound <= 1 && scale.range.contains(value), "\(scale.range)")
    check(scale, [value], ticks: 5)
    // What is beyond them is shown nevertheless.
    let beyond = Scale([value + 1.5], bounds: 0...1)
    #expect(beyond.range.contains(value + 1.5))
  }

  @Test func ratios() throws {
    #expect(Scale(logarithmic: [1, 10]) == nil && Scale(logarithmic: [-1, 0, .nan]) == nil)
    let two = try #require(Scale(logarithmic: [0.07, 2.1]))
    #expect(two.range == 0.05...5)
    #expect(two.ticks.map(two.label) == ["0.05", "0.1", "0.2", "0.5", "1", "2", "5"])
    let middle = try #require(two.share(0.5))
    #expect(abs(middle - 0.5) < 1e-12)
    #expect(two.share(0) == nil && two.share(-1) == nil)
    let many = try #require(Scale(logarithmic: [1e-12, 3]))
    #expect(many.ticks.count <= 8 && many.range.lowerBound <= 1e-12 && many.range.upperBound >= 3)
    let extreme = try #require(Scale(logarithmic: [.leastNonzeroMagnitude, 1e308]))
    #expect(extreme.ticks.filter { !$0.isFinite } == [])
  }
}
