import Foundation
import RaggedCore
import RaggedReport
import Testing

/// Charts against what they are charts of.
@Suite struct ChartTests {
  private func read(_ markup: Markup) throws -> Element {
    try #require(PageReader.read("<div>\(markup.text)</div>"), "\(markup.text.prefix(2000))")
  }

  @Test func barsAddUpToTheirCounts() throws {
    let bins = [3, 0, 12, 1, 7].enumerated().map {
      HistogramChart.Bin(lower: Double($0 * 10), upper: Double($0 * 10 + 9), count: $1)
    }
    let root = try read(
      HistogramChart("lengths", bins: bins, limits: [9, 29], xLabel: "timesteps", yLabel: "sequences").markup)
    let bars = root.all("rect", "bar")
    #expect(bars.map(\.text) == ["0 to 9: 3", "20 to 29: 12", "30 to 39: 1", "40 to 49: 7"])
    let heights = bars.compactMap { Double($0.attributes["height"] ?? "") }
    #expect(abs(heights[0] / heights[1] - 3.0 / 12) < 0.01 && abs(heights[3] / heights[1] - 7.0 / 12) < 0.01)
    #expect(root.all("line", "limit").map(\.text) == ["up to 9", "up to 29"])
    let line = try #require(Double(root.all("line", "limit")[1].attributes["x1"] ?? ""))
    let next = try #require(Double(bars[2].attributes["x"] ?? ""))
    #expect(abs(line - next) < 1.1)
  }

  @Test func aConfusionShowsEveryCount() throws {
    var random = SeededRandom(seed: 3)
    let names = (0..<7).map { "class \($0)" }
    let counts = (0..<49).map { _ in random.below(2000) }
    let root = try read(ConfusionChart(counts: counts, names: names).markup)
    let cells = root.all("rect", "cell").map(\.text)
    #expect(cells.count == 49)
    for (index, count) in counts.enumerated() {
      let start = "class \(index / 7) taken for class \(index % 7): \(count.grouped)"
      #expect(cells[index].hasPrefix(start + ",") || cells[index] == start, "\(cells[index])")
    }
    #expect(badCoordinates(root).isEmpty)
  }

  /// What is put together has no recall and no precision.
  @Test func aConfusionOfManyClassesIsSmall() throws {
    let size = ConfusionChart.classLimit
    let names = (0..<size).map { "\($0)" }
    let counts = [Int](repeating: 7, count: size * size)
    let chart = ConfusionChart(counts: counts, names: names, others: 4)
    #expect(try read(chart.markup).all("rect", "cell").count == size * size)
    #expect(chart.markup.text.utf8.count < 400_000)
    #expect(chart.markup.text.utf8.count < ConfusionChart(counts: counts, names: names).markup.text.utf8.count)
    #expect(try read(ConfusionChart(counts: [1], names: ["a", "b"]).markup).all("rect", "cell").isEmpty)
  }

  @Test func aLineIsBrokenWhereThereIsNoNumber() throws {
    let y = [1, 2, .nan, 3, .infinity, 4, 5, 6]
    let series = LineChart.Series("loss", x: y.indices.map(Double.init), y: y, number: 0)
    let root = try read(LineChart("loss", series: [series], xLabel: "epoch", yLabel: "loss").markup)
    let path = try #require(root.all("path").first?.attributes["d"])
    #expect(path.split(separator: "M").map { $0.split(separator: "L").count } == [2, 3])
    #expect(root.all("circle", "dot").count == 1)
    #expect(badCoordinates(root).isEmpty)
  }

  @Test func linesBehindOthersHaveNoPlaceInTheKey() throws {
    func series(_ name: String, isQuiet: Bool) -> LineChart.Series {
      var line = LineChart.Series(name, x: [1, 2, 3], y: [1, 2, 4], number: 1)
      line.isQuiet = isQuiet
      return line
    }
    let lines = [series("best", isQuiet: false)] + (0..<4).map { series("other \($0)", isQuiet: true) }
    let root = try read(LineChart("loss", series: lines, boundaries: [2], xLabel: "epoch", yLabel: "loss").markup)
    #expect(root.all("li").map { $0.text.trimmingCharacters(in: .whitespaces) } == ["best"])
    #expect(root.all("path", "thin").count == 4 && root.all("path").count == 5)
    // What is drawn last lies over the others.
    #expect(root.all("path").last?.attributes["class"]?.contains("thin") == false)
    #expect(root.all("rect", "hover").allSatisfy { !$0.text.contains("other") })
    #expect(root.all("line", "mark").count == 1)
  }

  @Test func thinningKeepsPeaksGapsAndEnds() {
    var random = SeededRandom(seed: 1)
    for length in [5, 100, 481, 10_000] {
      var values = (0..<length).map { _ in random.uniformDouble() }
      values[length / 3] = 7
      values[length / 2] = -7
      values[length - 2] = .nan
      let places = Thinning.places(values, limit: 300)
      #expect(places == Array(Set(places)).sorted() && places.first == 0 && places.last == length - 1)
      #expect(Set([length / 3, length / 2, length - 2]).isSubset(of: places))
      #expect(length <= 300 ? places.count == length : places.count <= 302)
    }
    #expect(Thinning.even(5, limit: 9) == [0, 1, 2, 3, 4] && Thinning.even(0, limit: 9) == [])
    #expect(Thinning.even(1000, limit: 3) == [0, 499, 999] && Thinning.even(1000, limit: 1) == [0])
  }

  @Test func tenThousandEpochsAreASmallDrawing() {
    let y = (0..<10_000).map { 1 / Double($0 + 1) }
    let series = (0..<8).map { LineChart.Series("run \($0)", x: y.indices.map(Double.init), y: y, number: $0) }
    let chart = LineChart("loss", series: series, xLabel: "epoch", yLabel: "loss", allowsLogarithm: true)
    #expect(chart.markup.text.utf8.count < 130_000)
  }

  /// Every kind of chart of numbers and names that nobody wishes for.
  @Test(arguments: Nasty.numbers.indices) func chartsOfAnythingAreWellFormed(_ index: Int) throws {
    let values = Nasty.numbers[index]
    let name = Nasty.names[index % Nasty.names.count]
    let x = values.indices.map(Double.init)
    let line = LineChart.Series(name, x: x, y: values, number: 11, isDashed: index % 2 == 0)
    let marks = values.first.map { [LineChart.Mark(x: 0, y: $0, text: name.clipped(to: 50), series: 1)] } ?? []
    let whole = values.filter(\.isFinite).map { Int(max(-9e15, min(9e15, $0.rounded()))) }
    let pieces: [Markup] = [
      LineChart(name, series: [line, line], marks: marks, xLabel: name, yLabel: name, allowsLogarithm: true).markup,
      LineChart(name, series: [line], xLabel: "x", yLabel: "y", yRange: 0...1, includesZero: true).markup,
      HistogramChart(
        name, bins: whole.prefix(80).map { .init(lower: Double($0), upper: Double($0), count: max(0, $0)) },
        limits: values, xLabel: name, yLabel: name
      ).markup,
      ColumnChart(
        name, columns: values.prefix(300).map { .init(name, value: $0, note: name.clipped(to: 99)) }, xLabel: name,
        yLabel: name, line: values.first
      ).markup,
      ScatterChart(
        name, points: values.map { .init(x: $0, y: -$0, name: name) }, guide: .diagonal, xLabel: name, yLabel: name
      ).markup,
      ScatterChart(name, points: values.map { .init(x: $0, y: $0) }, guide: .zero, xLabel: "", yLabel: "").markup,
      SequenceChart(
        name, length: values.count, rows: [.init(name, values: values)], lines: [line], yLabel: name,
        faults: values.map { $0.isNaN || $0 > 1 }
      ).markup,
      ConfusionChart(counts: [1, 2, 3, 0], names: [name, name]).markup,
      Inline.bar(values.first ?? 0, note: name.clipped(to: 99)), Inline.curve(values, note: "curve"),
      Inline.range(
        minimum: whole.map(Double.init).min() ?? 0, mean: values.first ?? 0, deviation: 1,
        maximum: whole.map(Double.init).max() ?? 0),
      TokenText(values.prefix(400).map { .init(name, share: $0, note: name.clipped(to: 9)) }, separator: " ").markup,
      Table([.text(name), .number(name)], rows: [["\(name.clipped(to: 80))", "\(NumberText.figure(values.first))"]])
        .markup,
    ]
    for (number, piece) in pieces.enumerated() {
      let root = try #require(PageReader.read("<div>\(piece.text)</div>"), "piece \(number)")
      #expect(badCoordinates(root).isEmpty, "piece \(number)")
      #expect(root.all("script").isEmpty && root.all("img").isEmpty)
      #expect(piece.text.utf8.count < 600_000, "piece \(number)")
    }
  }
}
