// The demo's way in: a visitor picks whom to play.

import { make } from "./bubbles.js";
import { $, notice, say, ways } from "./frame.js";
import { forget } from "./memory.js";
import { insist } from "./wire.js";

ways.door = async (enter, delayed) => {
  const { status: code, data } = await insist(`demo?lang=${say.code}`, undefined, delayed);
  if (code !== 200) return notice("nolink");
  const onclick = async ({ currentTarget }) => {
    const reply = await insist("demo/open", { id: currentTarget.dataset.value }, delayed);
    if (reply.status === 200) enter(reply.data);
  };
  const entrance = ({ id, label }) =>
    make("button", { type: "button", className: "chip", textContent: label, data: { value: id }, onclick });
  notice("demo", make("div", { className: "chips" }, ...data.customers.map(entrance)));
};

ways.out = () => {
  const onclick = () => {
    forget();
    location.reload();
  };
  $("items").append(make("li", {}, make("button", { type: "button", textContent: say.leave, onclick })));
};
