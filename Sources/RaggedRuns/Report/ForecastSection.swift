import RaggedCore
import RaggedReport
import RaggedTraining

/// Forecasts of several steps at once: the error of each step, and series with what was said of their last timesteps before these
/// came.
struct ForecastSection {
  let judgement: RunJudgement

  /// Series that are drawn.
  private static let seriesLimit = 4
  /// Horizons of the past that are drawn before a forecast.
  private static let pastHorizons = 3

  /// How several steps are forecast at once; nil for a model that does not.
  var plan: ForecastPlan? {
    guard let plan = try? ForecastPlan(judgement.model, horizon: nil, times: []), plan.isDirect, plan.horizon > 1 else {
      return nil
    }
    return plan
  }

  var section: ReportPage.Section? {
    guard let plan else { return nil }
    let ofSteps = plan.columns.indices.map { errors(plan, column: $0) }
    let title = "Forecasts" + (judgement.head.map { ": \($0.clipped(to: 60))" } ?? "")
    return ReportPage.Section(
      title, "\(NumberText.count(plan.horizon, "step")) ahead, each said at the same timestep.",
      ofSteps + drawings(plan))
  }

  /// The mean distance at each step, beside forecasts without a model that go with the series.
  private func errors(_ plan: ForecastPlan, column: Int) -> ReportPage.Block {
    let steps = (1...plan.horizon).map(Double.init)
    func line(_ name: String, _ values: [ValueErrors], number: Int) -> LineChart.Series {
      LineChart.Series(
        name, x: steps,
        y: plan.outputs[column].map { place in
          values.indices.contains(place) ? values[place].meanAbsoluteError ?? .nan : .nan
        }, number: number, isDashed: number > 0)
    }
    var lines = [line("the model", judgement.judged.values, number: 0)]
    for (baseline, values) in zip(judgement.report.baselines, judgement.judged.baselineValues)
    where baseline.name != "mean" {
      lines.append(line(baseline.name, values, number: lines.count))
    }
    let name = plan.columns[column].clipped(to: 60)
    let chart = LineChart(
      "mean absolute error by step", series: lines, xLabel: "steps ahead", yLabel: "mean absolute error",
      includesZero: true)
    return .half("\(name): error by step", "over all timesteps of all series", chart.markup)
  }

  private func drawings(_ plan: ForecastPlan) -> [ReportPage.Block] {
    let positions = Thinning.even(judgement.source.count, limit: Self.seriesLimit)
    return positions.flatMap { position -> [ReportPage.Block] in
      do {
        return try drawings(plan, of: position)
      } catch {
        return [.text("A sequence cannot be read: \(error)")]
      }
    }
  }

  /// What was said as many timesteps before the end as there are steps, and what came.
  private func drawings(_ plan: ForecastPlan, of position: Int) throws -> [ReportPage.Block] {
    var batch = try judgement.model.source(judgement.source, needsTargets: true).gather([position])
    batch.targets = .none
    batch = batch.compacted()
    let origin = batch.timesteps - 1 - plan.horizon
    guard origin >= 0 else { return [] }
    let outputs = try judgement.model.trainer.predict(batch)
    let (width, features) = (judgement.model.trainer.model.outputWidth, batch.input.featureCount)
    let key = try judgement.source.keys([position]).first ?? ""
    let first = max(0, origin - Self.pastHorizons * plan.horizon)
    return plan.columns.indices.compactMap { column in
      guard let past = plan.pasts[column] else { return nil }
      let steps = Array(first..<batch.timesteps)
      let ahead = (0..<plan.horizon).map { origin + 1 + $0 }
      let chart = LineChart(
        "\(plan.columns[column].clipped(to: 60)) of \(key.clipped(to: 60))",
        series: [
          LineChart.Series(
            "what came", x: steps.map(Double.init),
            y: steps.map { batch.input.isObserved($0, past) ? Double(batch.input.values[$0 * features + past]) : .nan },
            number: 0),
          LineChart.Series(
            "forecast", x: ahead.map(Double.init),
            y: plan.outputs[column].map { Double(outputs[origin * width + $0]) }, number: 1, isDashed: true),
        ], boundaries: [Double(origin)], xLabel: "timestep", yLabel: plan.columns[column].clipped(to: 30))
      return .half(
        "\(key.clipped(to: 60))" + (plan.columns.count > 1 ? ": \(plan.columns[column].clipped(to: 60))" : ""),
        "forecast at timestep \(origin), the dotted line, of what came after it", chart.markup)
    }
  }
}
